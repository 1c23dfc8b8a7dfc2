"use client"

import { useState, type ReactNode } from "react"
import { Section } from "@/components/layout/section"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { postJson } from "@/components/ui/call-api"
import type { RollBackRow, RolloutResult } from "@/lib/policies/rollout.schema"
import { ApplyToChosen } from "./apply-to-chosen"
import { rollBackChoice } from "./choice"
import { ClientChoice } from "./client-choice"
import { packApiPath } from "./pack-paths"
import { ResultList } from "./result-list"
import { useChosen } from "./use-chosen"

type Props = Readonly<{
  packId: string
  rolloutId: string
  /** What rolling back would do in each client that was reached; null for who may not. */
  rows: readonly RollBackRow[] | null
  /** What the roll-out came to. */
  children: ReactNode
}>

/** What a roll-out came to, and the way back: for all of its clients or those that one chooses. */
export function RollBackRollout({ packId, rolloutId, rows, children }: Props) {
  const [isChoosing, setChoosing] = useState(false)
  const [result, setResult] = useState<RolloutResult | null>(null)
  const refresh = useRefresh()
  const names = new Map((rows ?? []).map(({ tenantId, name }) => [tenantId, name]))
  const isOffered = rows?.some((row) => rollBackChoice(row).course !== "none") ?? false

  return (
    <>
      {result !== null && (
        <Section title="What rolling back came to" isFlush>
          <ResultList items={result.items} nameOf={(tenantId) => names.get(tenantId) ?? tenantId} />
        </Section>
      )}
      <Section
        title={isChoosing ? "Which clients go back?" : "Clients"}
        isFlush
        actions={
          (isOffered || isChoosing) && (
            <Button look="plain" onClick={() => setChoosing(!isChoosing)}>
              {isChoosing ? "Cancel" : "Roll back…"}
            </Button>
          )
        }
      >
        {isChoosing && rows !== null ? (
          <Choosing
            {...{ packId, rolloutId, rows }}
            onDone={async (done) => {
              setChoosing(false)
              setResult(done)
              await refresh()
            }}
          />
        ) : (
          children
        )}
      </Section>
    </>
  )
}

type ChoosingProps = Readonly<{
  packId: string
  rolloutId: string
  rows: readonly RollBackRow[]
  onDone: (result: RolloutResult) => Promise<void>
}>

function Choosing({ packId, rolloutId, rows, onDone }: ChoosingProps) {
  const chosen = useChosen(rows.map(rollBackChoice))

  return (
    <ClientChoice
      chosen={chosen}
      action={
        <ApplyToChosen
          chosen={chosen.chosen}
          verb="Roll back in"
          busyVerb="Rolling back in"
          send={(note) =>
            postJson(packApiPath(packId, `/rollouts/${rolloutId}/rollback`), {
              tenantIds: chosen.chosen.map(({ tenantId }) => tenantId),
              ...(note === "" ? {} : { note }),
            })
          }
          onDone={onDone}
        >
          <p>
            What was in force before is published anew, as a version of its own; nothing of the history is
            lost. A client whose policy has changed since is left as it is.
          </p>
        </ApplyToChosen>
      }
    />
  )
}
