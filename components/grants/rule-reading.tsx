"use client"

import Link from "next/link"
import { useState } from "react"
import { FieldTable } from "@/components/diffs/field-table"
import { effectOf, versionWords } from "@/components/policies/effect-words"
import { policyPath } from "@/components/policies/policy-paths"
import { Strictness } from "@/components/policies/strictness"
import type { ApiAnswer } from "@/components/ui/call-api"
import { TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import type { GrantDraftView } from "@/lib/grants/grant.schema"

type Props = Readonly<{
  tenantId: string
  draft: GrantDraftView
  send: (note: string) => Promise<ApiAnswer>
  onBack: () => void
  onDone: () => Promise<void>
}>

/** Exactly what the policy would say besides, before it is proposed. */
export function RuleReading({ tenantId, draft, send, onBack, onDone }: Props) {
  const [isBlocked, setBlocked] = useState(false)

  return (
    <>
      <p className="text-muted">
        The rule <span className="font-mono text-ink">{draft.name}</span>, against{" "}
        {versionWords(draft.against)}, which holds now. Whoever agrees to it reads the same.
      </p>
      <div
        className="max-h-[40dvh] overflow-y-auto rounded-md border border-line"
        tabIndex={0}
        role="region"
        aria-label="The difference"
      >
        <FieldTable fields={draft.diff} />
      </div>
      <Strictness loosens={draft.loosens} />
      <p>{effectOf[draft.takesEffect]} Anybody who reviews here can end it at once.</p>
      <Form
        words="Propose this rule"
        busyWords="Proposing…"
        onCancel={onBack}
        cancelWords="Back"
        send={async (fields) => {
          const answer = await send(fields.text("note"))
          setBlocked(!answer.ok && answer.problem.code === "proposal_open")
          return answer
        }}
        onDone={onDone}
      >
        <TextField
          label="Why"
          name="note"
          hint="It stands beside your name, for whoever has to agree."
          isOptional
          maxLength={500}
          autoComplete="off"
        />
      </Form>
      {isBlocked && (
        <p>
          One change of the policy is decided at a time.{" "}
          <Link href={policyPath(tenantId)} className="rounded text-accent underline underline-offset-4">
            See what waits
          </Link>
        </p>
      )}
    </>
  )
}
