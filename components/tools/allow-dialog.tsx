"use client"

import { useState } from "react"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { putJson } from "@/components/ui/call-api"
import { RadioGroup } from "@/components/ui/choice-group"
import { Dialog } from "@/components/ui/dialog"
import { Form } from "@/components/ui/form"
import { say } from "@/components/ui/said-line"
import type { Environment } from "@/lib/tools/tool"
import type { AllowanceView, ToolView } from "@/lib/tools/tool.schema"
import { PatchPathsField } from "./patch-paths-field"
import { allowancePath } from "./tool-words"

type Props = Readonly<{
  tool: ToolView
  environment: Environment
  allowed: Readonly<{ patchPaths: readonly string[] | null }> | null
}>

/** Allows a tool in an environment, or changes what of a record it may change there. */
export function AllowDialog({ tool, environment, allowed }: Props) {
  const refresh = useRefresh()
  const [isOpen, setOpen] = useState(false)
  const paths = allowed?.patchPaths ?? null
  const [reach, setReach] = useState(reachOf(paths))
  const words = allowed === null ? `Allow in ${environment}` : "Change fields"

  return (
    <>
      <Button
        look={allowed === null ? "plain" : "quiet"}
        onClick={() => setOpen(true)}
        aria-haspopup="dialog"
      >
        {words}
      </Button>
      <Dialog title={`${tool.name} in ${environment}`} isOpen={isOpen} onClose={() => setOpen(false)}>
        <p className="text-muted">
          Every accepted version of it may be used in {environment}, in runs that ask for it.
        </p>
        <Form
          words={allowed === null ? words : "Save"}
          busyWords="Saving…"
          onCancel={() => setOpen(false)}
          send={(fields) =>
            putJson(allowancePath(tool, environment), {
              patchPaths: fields.text("reach") === "any" ? null : pathsIn(fields.text("patchPaths")),
            })
          }
          onDone={async (value) => {
            setOpen(false)
            say(outcomeOf(tool.name, value as AllowanceView))
            await refresh()
          }}
        >
          <RadioGroup
            legend="Which fields of a record may it change?"
            name="reach"
            chosen={reach}
            onChoose={(value) => setReach(value === "some" ? "some" : "any")}
            choices={[
              { value: "any", words: "Any", hint: "Also for tools that change no records." },
              { value: "some", words: "Only these", hint: "Everything else of a record is refused." },
            ]}
          />
          {reach === "some" && <PatchPathsField paths={paths ?? []} />}
        </Form>
      </Dialog>
    </>
  )
}

function outcomeOf(name: string, { proposalId, isAllowed, environment }: AllowanceView): string {
  if (proposalId === null) return `${name} is allowed in ${environment}.`

  return isAllowed
    ? "More fields are proposed. They cannot be changed yet."
    : `It was allowed in ${environment} before, so allowing it again is proposed. It cannot be used yet.`
}

function reachOf(paths: readonly string[] | null): "any" | "some" {
  return paths === null ? "any" : "some"
}

function pathsIn(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
}
