"use client"

import { useState } from "react"
import { LinkButton } from "@/components/ui/link-button"
import { postJson } from "@/components/ui/call-api"
import type { PreviewRow, RolloutResult } from "@/lib/policies/rollout.schema"
import { ApplyToChosen } from "./apply-to-chosen"
import { rollOutChoice } from "./choice"
import { ClientChoice } from "./client-choice"
import { packApiPath, packPath } from "./pack-paths"
import { ResultList } from "./result-list"
import { useChosen } from "./use-chosen"

type Props = Readonly<{ packId: string; version: number; rows: readonly PreviewRow[] }>

/** Rolls a pack out to the clients that one chooses, once one has seen what it changes there. */
export function RollOut({ packId, version, rows }: Props) {
  const chosen = useChosen(rows.map(rollOutChoice))
  const [result, setResult] = useState<RolloutResult | null>(null)
  const names = new Map(rows.map(({ tenantId, name }) => [tenantId, name]))
  if (result !== null) {
    return (
      <>
        <ResultList items={result.items} nameOf={(tenantId) => names.get(tenantId) ?? tenantId} />
        <div className="px-4 md:px-6">
          <LinkButton look="plain" href={packPath(packId, `/rollouts/${result.rolloutId}`)}>
            See this roll-out
          </LinkButton>
        </div>
      </>
    )
  }

  const ids = new Set(chosen.chosen.map(({ tenantId }) => tenantId))
  return (
    <ClientChoice
      chosen={chosen}
      action={
        <ApplyToChosen
          chosen={chosen.chosen}
          verb="Roll out to"
          busyVerb="Rolling out to"
          send={(note) =>
            postJson(packApiPath(packId, "/rollouts"), {
              version,
              tenants: rows
                .filter(({ tenantId }) => ids.has(tenantId))
                .map(({ tenantId, basedOn }) => ({ tenantId, basedOn })),
              ...(note === "" ? {} : { note }),
            })
          }
          onDone={setResult}
        >
          <p>
            Version {version} takes the place of what holds there. A client whose policy has changed since
            this page was loaded is left as it is. All of it can be rolled back.
          </p>
        </ApplyToChosen>
      }
    />
  )
}
