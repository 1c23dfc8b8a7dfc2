"use client"

import { useRefresh } from "@/components/layout/use-refresh"
import { postJson } from "@/components/ui/call-api"
import { Form } from "@/components/ui/form"
import { say } from "@/components/ui/said-line"
import type { ToolView } from "@/lib/tools/tool.schema"
import { TierChoice } from "./tier-choice"
import { toolApiPath } from "./tool-words"

type Props = Readonly<{ tool: ToolView; offeredHash: string }>

/** Accepts the definition above, and no other: its hash goes along. */
export function AcceptForm({ tool, offeredHash }: Props) {
  const refresh = useRefresh()

  return (
    <Form
      key={offeredHash}
      words="Accept this definition"
      busyWords="Accepting…"
      send={(fields) =>
        postJson(`${toolApiPath(tool)}/accept`, { definitionHash: offeredHash, tier: fields.text("tier") })
      }
      onDone={async () => {
        say("The definition is accepted.")
        await refresh()
      }}
    >
      <TierChoice current={tool.tier} />
    </Form>
  )
}
