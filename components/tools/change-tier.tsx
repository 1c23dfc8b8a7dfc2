"use client"

import { useState } from "react"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { patchJson } from "@/components/ui/call-api"
import { Dialog } from "@/components/ui/dialog"
import { Form } from "@/components/ui/form"
import { say } from "@/components/ui/said-line"
import type { ToolView } from "@/lib/tools/tool.schema"
import { TierChoice } from "./tier-choice"
import { toolApiPath } from "./tool-words"

/** Gives an accepted tool another tier. */
export function ChangeTier({ tool }: Readonly<{ tool: ToolView }>) {
  const refresh = useRefresh()
  const [isOpen, setOpen] = useState(false)

  return (
    <>
      <Button look="plain" onClick={() => setOpen(true)} aria-haspopup="dialog">
        Change tier
      </Button>
      <Dialog title={`Change the tier of ${tool.name}`} isOpen={isOpen} onClose={() => setOpen(false)}>
        <p className="text-muted">
          It holds from the next call. Approvals given under the present tier are stale when they are spent.
          From T2 to T4 a lower tier holds once another administrator approves it, or after 24 hours where
          there is none.
        </p>
        <Form
          words="Change tier"
          busyWords="Changing…"
          onCancel={() => setOpen(false)}
          send={(fields) => patchJson(toolApiPath(tool), { tier: fields.text("tier") })}
          onDone={async (value) => {
            setOpen(false)
            const { proposed } = value as ToolView
            const isProposed = proposed.some(({ kind }) => kind === "tier")
            say(isProposed ? "The lower tier is proposed. It does not hold yet." : "The tier is changed.")
            await refresh()
          }}
        >
          <TierChoice current={tool.tier} />
        </Form>
      </Dialog>
    </>
  )
}
