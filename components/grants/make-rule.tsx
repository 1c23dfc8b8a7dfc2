"use client"

import Link from "next/link"
import { useState } from "react"
import { useRefresh } from "@/components/layout/use-refresh"
import { policyPath } from "@/components/policies/policy-paths"
import { Button } from "@/components/ui/button"
import { Dialog } from "@/components/ui/dialog"
import { Visible } from "@/components/ui/visible"
import type { GrantBasis } from "@/lib/grants/grant-basis"
import { RuleReading } from "./rule-reading"
import { RuleWish } from "./rule-wish"
import { useRuleSteps, type RuleStep } from "./use-rule-steps"

type Props = Readonly<{ approvalId: string; tenantId: string; basis: GrantBasis }>

/** Turns a decision into a bounded rule: what is wanted, the difference that it makes, and its proposal. */
export function MakeRule(props: Props) {
  const [isOpen, setOpen] = useState(false)
  const { whyNot } = props.basis
  if (whyNot !== null) {
    return (
      <p className="text-sm text-muted">
        No rule can be made of this decision. <Visible text={whyNot} />
      </p>
    )
  }

  return (
    <div>
      <Button look="plain" onClick={() => setOpen(true)} aria-haspopup="dialog">
        Make a rule of this…
      </Button>
      <Dialog title="Make a rule of this decision" isOpen={isOpen} onClose={() => setOpen(false)} size="page">
        <Steps {...props} onClose={() => setOpen(false)} />
      </Dialog>
    </div>
  )
}

function Steps({ approvalId, tenantId, basis, onClose }: Props & Readonly<{ onClose: () => void }>) {
  const refresh = useRefresh()
  const { at, back, preview, propose } = useRuleSteps(approvalId)

  return (
    <>
      {/* It stays while one reads, so that going back finds what was written. */}
      <div className={at.step === "wish" ? "flex flex-col gap-4" : "hidden"}>
        <RuleWish basis={basis} send={preview} onCancel={onClose} />
      </div>
      {at.step === "read" && (
        <RuleReading tenantId={tenantId} draft={at.draft} send={propose} onBack={back} onDone={refresh} />
      )}
      {at.step === "done" && <Proposed at={at} tenantId={tenantId} onClose={onClose} />}
    </>
  )
}

type ProposedProps = Readonly<{
  at: Extract<RuleStep, { step: "done" }>
  tenantId: string
  onClose: () => void
}>

const waits = {
  second_person: "It waits for another administrator to read the same difference and agree.",
  after_notice:
    "Nobody else administers this client, so it takes effect after 24 hours unless it is withdrawn.",
} as const

function Proposed({ at: { proposed, takesEffect }, tenantId, onClose }: ProposedProps) {
  return (
    <>
      <p role="status">
        It is proposed. It does not hold yet: until it does, people are asked as before. {waits[takesEffect]}
      </p>
      <div className="flex flex-wrap items-center gap-4">
        <Link
          href={policyPath(tenantId, `/proposals/${proposed.proposalId}`)}
          className="rounded text-accent underline underline-offset-4"
        >
          Read the proposal
        </Link>
        <Button look="plain" size="large" onClick={onClose}>
          Close
        </Button>
      </div>
    </>
  )
}
