"use client"

import { useEffect, useState } from "react"
import { postJson, type ApiProblem } from "@/components/ui/call-api"
import type { SimulatedCallList, SimulationList, SimulationView } from "@/lib/simulations/simulation.schema"
import { policyApiPath } from "./policy-paths"

export type ChangedCalls = SimulatedCallList["items"]

/** What is known of a client's last simulation. */
export type Known = Readonly<{
  simulation: SimulationView | null
  calls: ChangedCalls
  /** Where more of the calls begin; null when all are here. */
  nextCursor: string | null
  problem: ApiProblem | null
  isBusy: boolean
}>

const nothing: Known = { simulation: null, calls: [], nextCursor: null, problem: null, isBusy: false }

/** How often a simulation that is under way is looked at (milliseconds). */
const lookEveryMs = 1_000

/** Starts, follows and cancels simulations; one that is under way is followed again after the page was left. */
export function useSimulation(tenantId: string) {
  const path = policyApiPath(tenantId, "/policies/simulations")
  const [known, setKnown] = useState(nothing)
  const add = (more: Partial<Known>) => setKnown((before) => ({ ...before, ...more }))
  const underway = known.simulation?.status === "running" ? known.simulation.simulationId : null

  useEffect(() => {
    void read<SimulationList>(path).then((list) => {
      const running = list?.items.find(({ status }) => status === "running")
      if (running !== undefined) setKnown({ ...nothing, simulation: running })
    })
  }, [path])

  useEffect(() => {
    if (underway === null) return
    const timer = setInterval(() => {
      void follow(`${path}/${underway}`).then((found) => {
        if (found !== null) setKnown((before) => ({ ...before, ...found }))
      })
    }, lookEveryMs)
    return () => clearInterval(timer)
  }, [path, underway])

  const write = async (target: string, body: unknown) => {
    add({ isBusy: true, problem: null })
    const answer = await postJson(target, body)
    if (answer.ok) setKnown({ ...nothing, simulation: answer.value as SimulationView })
    else add({ isBusy: false, problem: answer.problem })
  }

  return {
    known,
    start: (text: string, days: number) => write(path, { text, days }),
    cancel: () => write(`${path}/${underway}/cancel`, {}),
    more: async () => {
      const page = await read<SimulatedCallList>(
        `${path}/${known.simulation?.simulationId}/calls?cursor=${known.nextCursor}`,
      )
      if (page === null) add({ problem: { code: "not_sent" } })
      else add({ calls: [...known.calls, ...page.items], nextCursor: page.nextCursor, problem: null })
    },
  }
}

/** How a simulation stands, and once it has ended the calls that it found; null when nobody answered. */
async function follow(path: string): Promise<Partial<Known> | null> {
  const simulation = await read<SimulationView>(path)
  if (simulation === null || simulation.status === "running") return simulation && { simulation }

  const page = await read<SimulatedCallList>(`${path}/calls`)
  return page && { simulation, calls: page.items, nextCursor: page.nextCursor }
}

async function read<View>(path: string): Promise<View | null> {
  const response = await fetch(path, { cache: "no-store" }).catch(() => null)

  return response?.ok === true ? ((await response.json()) as View) : null
}
