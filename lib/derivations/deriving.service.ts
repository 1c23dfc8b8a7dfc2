import {
  canonicalize,
  sha256Hex,
  type ChangePart,
  type EnvelopePart,
  type JsonValue,
} from "@deltaseal/guard/change"
import type { PersonActor } from "@/lib/access/actor"
import { callFacts } from "@/lib/approvals/ruling-again.service"
import { recipientHistory } from "@/lib/calls/recipients.service"
import { prepareChange, type PreparedChange } from "@/lib/changes/changes.service"
import { diffPool } from "@/lib/changes/shared-diff-pool"
import { storedPart } from "@/lib/changes/stored-part"
import { databaseTime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { stagesOf } from "@/lib/policies/approval-of"
import { changeFacts } from "@/lib/policies/change-facts"
import type { CompiledPolicy } from "@/lib/policies/compile-policy"
import { possibleConfigFeatures } from "@/lib/policies/config-features"
import { evaluate } from "@/lib/policies/evaluate"
import { policyInForce } from "@/lib/policies/policies.service"
import type { PolicyAnswer } from "@/lib/policies/policy-answer"
import type { PolicyFacts } from "@/lib/policies/policy-facts"
import { choose, type Choice } from "./partial"
import type { PartialChoice } from "./partial.schema"
import { contentsOfParts, wholeOf, type Whole } from "./partial.queries"
import { stagesForBoth, type KeptStage } from "./stages-for-both"

/** A change made of some parts of another, with what the policy wants of it. Nothing of it is kept yet. */
export type Derived = Readonly<{
  whole: Whole
  choice: Choice
  change: PreparedChange
  answer: PolicyAnswer
  required: readonly KeptStage[]
  facts: PolicyFacts
}>

export type DerivationRequest = PartialChoice & Readonly<{ approvalId: string }>

/**
 * Makes a change of some parts of one that waits: from the stored contents, as
 * if it had been asked for alone, and puts it before the policy.
 *
 * @throws AppError `not_found`, `approval_closed`, `plan_item`, `hash_mismatch`, `not_partial`, `policy_denied`
 */
export async function derive(
  person: PersonActor,
  { approvalId, changeHash, parts }: DerivationRequest,
  signal: AbortSignal,
): Promise<Derived> {
  const whole = await wholeOf(person, approvalId)
  if (whole.isPlanItem) throw new AppError("plan_item")
  if (whole.status !== "pending") throw new AppError("approval_closed")
  if (whole.changeHash !== changeHash) throw new AppError("hash_mismatch")
  const choice = choose(whole.envelope.parts.length, parts)

  const { tenantId, callId, policyVersion, tool } = whole
  const facts = await callFacts(tenantId, callId)
  if (facts === null)
    throw refusal({ code: "facts_missing", message: "Nothing is known of this call any more." })
  const policy = await policyInForce(tenantId, policyVersion)
  const change = await prepare(person, whole, { choice, input: facts.input, policy, signal })
  const newFacts = {
    ...facts,
    change: changeFacts(change, facts.input),
    run: { ...facts.run, tainted: whole.isTainted },
    now: databaseTime(),
  }
  const answer = evaluate(policy, { ...newFacts, tool: { ...facts.tool, tier: tool.tier } })

  return { whole, choice, change, answer, facts: newFacts, required: requiredOf(whole, answer) }
}

type Preparing = Readonly<{
  choice: Choice
  input: JsonValue
  policy: CompiledPolicy
  signal: AbortSignal
}>

async function prepare(
  person: PersonActor,
  { tenantId, runId, tool, envelope }: Whole,
  { choice, input, policy, signal }: Preparing,
): Promise<PreparedChange> {
  const { server, name, version, definition } = tool
  const chosen = choice.positions.flatMap((position) => envelope.parts[position - 1] ?? [])
  const parts = await partsFrom(person, tenantId, chosen)
  const change = await prepareChange(
    { tenantId, runId, tool: { server, name, version, definition }, input, parts },
    {
      diffPool: diffPool(),
      signal,
      knownRecipients: recipientHistory(tenantId, parts),
      configFeatures: possibleConfigFeatures(policy, server, name),
      limits: policy.document.limits?.change ?? {},
    },
  )
  const isSame = canonicalize(change.envelope) === canonicalize({ ...envelope, parts: chosen })
  if (!isSame) throw new AppError("internal", "What is stored of this change is not what was hashed.")

  return change
}

async function partsFrom(
  person: PersonActor,
  tenantId: string,
  chosen: readonly EnvelopePart[],
): Promise<ChangePart[]> {
  const contents = await contentsOfParts(person, { tenantId, parts: chosen })
  const read = (digest: string): Uint8Array => {
    const bytes = contents.get(digest)
    if (bytes === undefined) throw new AppError("internal", "The content of a part is missing.")
    return bytes
  }

  return chosen.map((part) => storedPart(part, read))
}

/** Less may not slip past what was asked of the whole, nor past what would be asked of it alone. */
function requiredOf({ required }: Whole, { effect, reasons, approval }: PolicyAnswer): readonly KeptStage[] {
  if (effect === "deny") throw new AppError("policy_denied", undefined, { reasons })
  if (approval === null) return required

  const both = stagesForBoth(required, stagesOf(approval))
  if (both !== null) return both
  throw refusal({
    code: "other_approvers",
    message:
      "The policy puts these parts alone to other people than the whole. Deny it, and let them be asked for.",
  })
}

function refusal(reason: Readonly<{ code: string; message: string }>): AppError {
  return new AppError("policy_denied", reason.message, { reasons: [reason] })
}

/** What the policy looked at, as it is kept with the call. */
export function factsContent({ facts }: Derived): Readonly<{ digest: string; bytes: Uint8Array }> {
  const bytes = Buffer.from(canonicalize(facts as unknown as JsonValue), "utf8")
  return { digest: sha256Hex(bytes), bytes }
}
