"use client"

import { useState } from "react"
import { Button } from "@/components/ui/button"
import { postJson } from "@/components/ui/call-api"
import { Dialog } from "@/components/ui/dialog"
import { TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import { useAfterPublishing } from "./after-publishing"
import { policyApiPath } from "./policy-paths"
import { Strictness } from "./strictness"

type Props = Readonly<{
  tenantId: string
  version: number
  inForce: number
  loosens: readonly string[]
  tightens: readonly string[]
}>

/** Puts what an older version said in force again, as a new version. */
export function RollBack({ tenantId, version, inForce, loosens, tightens }: Props) {
  const [isOpen, setOpen] = useState(false)
  const done = useAfterPublishing(tenantId)

  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)} aria-haspopup="dialog">
        Roll back to this
      </Button>
      <Dialog
        title={`Roll back to version ${version}?`}
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        size="wide"
      >
        <p className="text-muted">
          What version {version} says is published anew and holds from the next call in place of version{" "}
          {inForce}. Approvals that were given are asked of it again when they are spent. Nothing of the
          history is lost.
        </p>
        <Strictness loosens={loosens} tightens={tightens} />
        {loosens.length > 0 && (
          <p className="text-muted">
            Because it loosens what holds, another administrator has to approve it first; where there is none
            it takes effect after 24 hours.
          </p>
        )}
        <Form
          words="Roll back"
          busyWords="Rolling back…"
          onCancel={() => setOpen(false)}
          send={(fields) => {
            const note = fields.text("note")
            return postJson(policyApiPath(tenantId, `/policies/${version}/restore`), {
              basedOn: inForce,
              ...(note === "" ? {} : { note }),
            })
          }}
          onDone={(value) => {
            setOpen(false)
            done(value)
          }}
        >
          <TextField label="Why" name="note" isOptional maxLength={500} autoComplete="off" />
        </Form>
      </Dialog>
    </>
  )
}
