"use client"

import { useState } from "react"
import { readJson, type ApiProblem } from "@/components/ui/call-api"
import type { ReplayView } from "@/lib/simulations/simulation.schema"

/** A decision explained again: as it was decided, and as it would be now. */
export type Replayed = Readonly<{ decided: ReplayView; inForce: ReplayView }>

export type Replaying = Readonly<{ isBusy: boolean; replayed: Replayed | null; problem: ApiProblem | null }>

const nothing: Replaying = { isBusy: false, replayed: null, problem: null }

/** Has a decision explained again when asked; nothing runs and nothing is written. */
export function useReplay(callId: string) {
  const [replaying, setReplaying] = useState(nothing)

  return {
    replaying,
    close: () => setReplaying(nothing),
    explain: async () => {
      setReplaying({ ...nothing, isBusy: true })
      const path = `/api/v1/calls/${callId}/replay`
      const [decided, inForce] = await Promise.all([readJson(path), readJson(`${path}?under=inForce`)])
      if (!decided.ok) setReplaying({ ...nothing, problem: decided.problem })
      else if (!inForce.ok) setReplaying({ ...nothing, problem: inForce.problem })
      else {
        const replayed = { decided: decided.value as ReplayView, inForce: inForce.value as ReplayView }
        setReplaying({ ...nothing, replayed })
      }
    },
  }
}
