import type { PartView } from "@/lib/changes/change"
import type { PolicyCheck } from "@/lib/policies/policy-answer"
import type { RequiredStage } from "./step-up"
import type { Environment, Tier } from "@/lib/tools/tool"
import type { ApprovalStatus, VoteDecision } from "./approval"

/** What `approval_read_of` in the migrations answers. Times are PostgreSQL's text of a timestamp. */
export type ApprovalRow = Readonly<{
  approvalId: string
  runId: string
  tenantId: string
  tenantName: string
  callId: string
  server: string
  tool: string
  toolVersion: string
  tier: Tier
  definitionHash: string
  status: ApprovalStatus
  version: number
  changeHash: string
  policyVersion: number
  required: RequiredStage[]
  /** The rule that asked for people; null before there were rules. */
  matchedRule: string | null
  checks: PolicyCheck[]
  isDryRun: boolean
  reasonRequired: boolean
  useWithinSeconds: number
  requestedAt: string
  expiresAt: string
  useBy: string | null
  decidedAt: string | null
  endedBecause: string | null
  planId: string | null
  derivedFrom: string | null
  derivedAs: "part" | "carry_over" | null
  requestedBy: Readonly<{
    actor: string
    model: string | null
    keyId: string
    keyPrefix: string
    keyOwnerId: string
    keyCreatedById: string
    operatorId: string
  }>
  run: { environment: Environment; workflow: string; step: string | null; status: "open" | "closed" }
  reason: string | null
  input: { sha256: string }
  sentence: string
  effects: string[]
  flags: string[]
  diffDigest: string
  parts: PartView[]
  votes: {
    personId: string
    name: string
    decision: VoteDecision
    reason: string | null
    at: string
    onBehalfOf: string | null
    onBehalfOfName: string | null
    selfReviewed: boolean
  }[]
  carriedVotes: Omit<ApprovalRow["votes"][number], "decision" | "selfReviewed">[] | null
  breakGlass: {
    status: "open" | "approved"
    by: Readonly<{ personId: string; name: string }>
    reason: string
    at: string
    expiresAt: string
    confirmedBy: Readonly<{ personId: string; name: string }> | null
    confirmReason: string | null
    confirmedAt: string | null
  } | null
  execution: {
    executionId: string
    status: "started" | "applied" | "failed" | "unknown"
    startedAt: string
    finishedAt: string | null
    matchesApproved: boolean | null
    late: boolean
    receipts: Record<string, string>[]
  } | null
}>
