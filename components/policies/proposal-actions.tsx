"use client"

import { useState } from "react"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { postJson } from "@/components/ui/call-api"
import { ConfirmAction } from "@/components/ui/confirm-action"
import { Dialog } from "@/components/ui/dialog"
import { TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import { say } from "@/components/ui/said-line"
import type { ProposalView } from "@/lib/policies/proposal.schema"
import { policyApiPath } from "./policy-paths"

type Props = Readonly<{ proposal: ProposalView; personId: string }>

/** What this person can do with an open proposal: take it back, or decide on exactly what is shown. */
export function ProposalActions({ proposal, personId }: Props) {
  const { tenantId, proposalId, hash, proposedBy, kind } = proposal
  const api = policyApiPath(tenantId, `/proposals/${proposalId}`)
  if (proposedBy.personId === personId) {
    return (
      <ConfirmAction
        words="Withdraw"
        busyWords="Withdrawing…"
        title="Withdraw this proposal?"
        request={{ method: "POST", path: `${api}/withdraw`, body: {} }}
        said="The proposal is withdrawn."
      >
        <p>What holds now goes on. To propose it again it has to be written again.</p>
      </ConfirmAction>
    )
  }
  if (!proposal.approvers.some((approver) => approver.personId === personId)) return null

  return (
    <>
      <ConfirmAction
        words="Approve and put in force"
        busyWords="Putting it in force…"
        title="Put this in force?"
        request={{ method: "POST", path: `${api}/approve`, body: { hash } }}
        said="It is in force."
      >
        <p>
          {kind === "policy" ? "The policy" : "The change"} shown here holds from the next call, for every
          agent of this client. Your name stands beside it.
        </p>
      </ConfirmAction>
      <Reject path={`${api}/reject`} />
    </>
  )
}

function Reject({ path }: Readonly<{ path: string }>) {
  const refresh = useRefresh()
  const [isOpen, setOpen] = useState(false)

  return (
    <>
      <Button look="plain" onClick={() => setOpen(true)} aria-haspopup="dialog">
        Reject…
      </Button>
      <Dialog title="Reject this proposal?" isOpen={isOpen} onClose={() => setOpen(false)}>
        <Form
          words="Reject"
          busyWords="Rejecting…"
          onCancel={() => setOpen(false)}
          send={(fields) => postJson(path, { reason: fields.text("reason") })}
          onDone={async () => {
            setOpen(false)
            say("The proposal is rejected.")
            await refresh()
          }}
        >
          <TextField
            label="Why not"
            name="reason"
            hint="Whoever proposed it reads this."
            maxLength={500}
            autoComplete="off"
          />
        </Form>
      </Dialog>
    </>
  )
}
