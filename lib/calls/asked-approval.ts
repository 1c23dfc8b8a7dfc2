import type { ApprovalRow } from "@/lib/approvals/approval-row"
import type { PartView } from "@/lib/changes/change"
import { AppError } from "@/lib/errors/app-error"
import { explained } from "./call-answer"
import type { OpenContext } from "./call-contexts.service"
import type { DecidedCall, RecordedCall, StoredPart } from "./calls.repo"

type Recorded = Extract<RecordedCall, { code: null }>

/**
 * The approval that a call has just brought about, from what was stored:
 * reading it back would cost as much as writing it. `approval_read_of` reads
 * the same later on, which a test holds.
 */
export function askedApproval(
  { principal, tenant, run }: OpenContext,
  call: DecidedCall,
  { requestedAt, expiresAt, moved }: Recorded,
): ApprovalRow {
  const { approval, change, tier, definitionHash } = call
  if (
    approval === null ||
    change === null ||
    tier === null ||
    definitionHash === null ||
    expiresAt === null
  ) {
    throw new AppError("internal", "A pending call has no approval.")
  }

  return {
    ...untouched,
    approvalId: approval.approvalId,
    runId: call.runId,
    tenantId: principal.tenantId,
    tenantName: tenant.name,
    callId: call.callId,
    server: call.server,
    tool: call.name,
    toolVersion: call.version,
    tier,
    definitionHash,
    changeHash: change.changeHash,
    policyVersion: call.policyVersion,
    required: [...approval.required],
    ...explained(call),
    isDryRun: call.isDryRun,
    reasonRequired: approval.isReasonRequired,
    useWithinSeconds: approval.useWithinSeconds,
    requestedAt,
    expiresAt,
    requestedBy: requesterOf(principal, run),
    run: { environment: run.environment, workflow: run.workflow, step: run.step, status: run.status },
    reason: call.agentReason,
    input: { sha256: call.inputDigest },
    sentence: change.sentence,
    effects: [...change.effects],
    flags: flagged(change.flags, moved !== null),
    diffDigest: change.diffDigest,
    parts: change.parts.map((part, index) => partView(part, moved?.includes(index + 1) === true)),
  }
}

/** Where every approval begins. */
const untouched = {
  status: "pending",
  version: 0,
  useBy: null,
  decidedAt: null,
  endedBecause: null,
  planId: null,
  derivedFrom: null,
  derivedAs: null,
  breakGlass: null,
  votes: [],
  carriedVotes: null,
  execution: null,
} satisfies Partial<ApprovalRow>

function requesterOf(
  principal: OpenContext["principal"],
  run: OpenContext["run"],
): ApprovalRow["requestedBy"] {
  return {
    actor: run.agent,
    model: run.model,
    keyId: principal.keyId,
    keyPrefix: principal.prefix,
    keyOwnerId: principal.ownerId,
    keyCreatedById: principal.createdById,
    operatorId: run.operatorId,
  }
}

function partView(part: StoredPart, isMoved: boolean): PartView {
  const {
    targetKey: _key,
    beforeObserved: _observed,
    fromKey: _from,
    fromObserved: _source,
    changedFields: _fields,
    recipients: _recipients,
    ...view
  } = part

  return { ...view, flags: flagged(part.flags, isMoved) as PartView["flags"] }
}

/** As `record_call` stores them: its own flag comes last. */
function flagged(flags: readonly string[], isMoved: boolean): string[] {
  return isMoved ? [...flags, "before_unexpected"] : [...flags]
}
