import type { PersonActor } from "@/lib/access/actor"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { needsStepUp } from "@/lib/approvals/step-up"
import { verifyDerivedStepUp } from "@/lib/approvals/step-up.service"
import { writtenApproval } from "@/lib/approvals/stored-approval.service"
import { voteRefusal } from "@/lib/approvals/vote-refusal"
import { contentsOf, diffContent, storedChange } from "@/lib/calls/stored-change"
import { fourWords } from "@/lib/changes/hash-words"
import { AppError } from "@/lib/errors/app-error"
import { notifyChange } from "@/lib/notifications/notifier"
import { newId } from "@/lib/operations/new-id"
import { derive, factsContent, type Derived, type DerivationRequest } from "./deriving.service"
import { insertPartial, type NewPartial } from "./partial.repo"
import type { PartialBody, PartialPreview } from "./partial.schema"

/**
 * What some parts of a waiting change are alone. Nothing is kept.
 *
 * @throws AppError as `derive` does
 */
export async function previewPartial(
  person: PersonActor,
  request: DerivationRequest,
  signal: AbortSignal,
): Promise<PartialPreview> {
  const { change, choice, required } = await derive(person, request, signal)
  const { envelope, changeHash, diff, sentence, effects, flags } = change

  return {
    approvalId: request.approvalId,
    derivedHash: changeHash,
    hashWords: [...fourWords(changeHash)],
    positions: [...choice.positions],
    leftOut: [...choice.leftOut],
    envelope,
    diff: diff as PartialPreview["diff"],
    sentence,
    effects: [...effects],
    flags: [...flags],
    parts: change.parts.map(
      ({ beforeBytes: _before, afterBytes: _after, configFeatures: _used, diff: _diff, ...part }) => ({
        ...part,
        target: { ...part.target },
        flags: [...part.flags],
      }),
    ),
    stepUpRequired: needsStepUp(required),
    reasonRequired: true,
  }
}

/**
 * Approves some parts of a change and denies the rest: the approval ends with
 * this person's denial, and a new one of these parts alone has their approving
 * vote (SPEC 4.2.8).
 *
 * @throws AppError `reason_required`, as `derive` does, and as a vote does
 */
export async function approveInPart(
  person: PersonActor,
  input: PartialBody & Readonly<{ approvalId: string }>,
  signal: AbortSignal,
): Promise<ApprovalView> {
  const { approvalId, changeHash, derivedHash, reason, stepUp } = input
  if (reason === undefined) throw new AppError("reason_required")
  const derived = await derive(person, input, signal)
  if (derived.change.changeHash !== derivedHash) throw new AppError("hash_mismatch")

  const signed = stepUp && (await verifyDerivedStepUp(person, derived.whole, signedFor(derived, stepUp)))
  const derivedId = signed?.approvalId ?? newId("approval")
  const written = await insertPartial(person.sessionId, {
    ...{ approvalId, changeHash, reason },
    ...stored(derived, derivedId),
    stepUp: signed?.vote ?? null,
  })
  const { answer } = written
  announce(answer, [approvalId, derivedId])
  if (answer.code !== null) throw voteRefusal(answer.code, answer.edited)

  return writtenApproval(written)
}

function signedFor({ change }: Derived, { assertion }: NonNullable<PartialBody["stepUp"]>) {
  return { changeHash: change.changeHash, assertion }
}

function stored(derived: Derived, approvalId: string): Pick<NewPartial, "derived" | "envelope" | "contents"> {
  const { whole, choice, change, answer, required } = derived
  const { tenantId, policyVersion } = whole
  const [diff, facts] = [diffContent(change.diff), factsContent(derived)]
  const asked = answer.approval

  return {
    derived: {
      approvalId,
      callId: newId("call"),
      parts: choice.positions,
      policyVersion,
      required,
      useWithinSeconds: Math.min(whole.useWithinSeconds, asked?.useWithinSeconds ?? whole.useWithinSeconds),
      isReasonRequired: whole.isReasonRequired || asked?.isReasonRequired === true,
      matchedRule: asked === null ? whole.matchedRule : answer.rule,
      checks: JSON.stringify(asked === null ? whole.checks : answer.checks),
      factsDigest: facts.digest,
      isDryRun: whole.isDryRun || answer.isDryRun,
      egress: whole.egress.filter((origin) => answer.egress.includes(origin)),
      taints: whole.taints || answer.taints,
      change: storedChange(tenantId, change, diff.digest),
    },
    envelope: change.envelopeBytes,
    // The contents of its parts are there already.
    contents: contentsOf(tenantId, { change: null, others: [diff, facts] }),
  }
}

function announce(
  {
    code,
    moved,
    tenantId,
    runId,
  }: Readonly<{ code: string | null; moved?: boolean; tenantId?: string; runId?: string }>,
  approvalIds: readonly string[],
): void {
  if (tenantId === undefined || (code !== null && moved !== true)) return
  for (const approvalId of approvalIds) notifyChange({ tenantId, approvalId, runId: runId ?? "" })
}
