import { z } from "zod"
import { DiffView, Envelope, State } from "@/lib/changes/change.schema"
import { StringMembers } from "@/lib/kernel/json.schema"
import { environments, tiers } from "@/lib/tools/tool"
import { approvalStatuses, voteDecisions } from "./approval"
import { BreakGlassView } from "./break-glass.schema"
import { StepUpAnswer } from "./step-up.schema"

const Time = z.iso.datetime()
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** Words that people and agents write: at most 2 KiB and without U+0000 (SPEC 2.3, 2.4). */
export const ReasonText = z
  .string()
  .min(1)
  .refine((text) => new TextEncoder().encode(text).length <= 2048, {
    error: "A reason is at most 2 KiB.",
    params: { code: "reason_too_long" },
  })
  .refine((text) => !text.includes("\u0000"), "A reason cannot hold U+0000.")

export const ApprovalPartView = z.strictObject({
  kind: z.string(),
  op: z.string(),
  target: z.record(z.string(), z.string()),
  before: State,
  after: State,
  added: z.int(),
  removed: z.int(),
  hiddenCharacters: z.int(),
  flags: z.array(z.string()),
})

/** One check that the policy made of a call, and how it came out. */
export const PolicyCheckView = z.strictObject({
  check: z.string(),
  rule: z.string().nullable(),
  result: z.enum(["pass", "fail", "error", "not_applicable"]),
  message: z.string(),
})

const VoteView = z.strictObject({
  personId: z.string(),
  name: z.string(),
  decision: z.enum(voteDecisions),
  reason: z.string().nullable(),
  at: Time,
  /** Whose place the person took. */
  onBehalfOf: z.string().nullable(),
  onBehalfOfName: z.string().nullable(),
  /** Cast on what the person asked for, as the only one who could and as the policy lets them (SPEC 4.3). */
  selfReviewed: z.boolean(),
})

/** An approval as every caller sees it (SPEC 9.1). */
export const ApprovalView = z.strictObject({
  approvalId: z.string(),
  runId: z.string(),
  tenantId: z.string(),
  tenantName: z.string(),
  callId: z.string(),
  server: z.string(),
  tool: z.string(),
  toolVersion: z.string(),
  tier: z.enum(tiers),
  diff: DiffView,
  changeHash: Sha256,
  envelope: Envelope,
  sentence: z.string(),
  effects: z.array(z.string()),
  flags: z.array(z.string()),
  parts: z.array(ApprovalPartView),
  policyVersion: z.int(),
  version: z.int(),
  run: z.strictObject({
    environment: z.enum(environments),
    workflow: z.string(),
    step: z.string().nullable(),
    status: z.enum(["open", "closed"]),
  }),
  requestedBy: z.strictObject({
    actor: z.string(),
    model: z.string().nullable(),
    keyId: z.string(),
    keyPrefix: z.string(),
    keyOwnerId: z.string(),
  }),
  reason: z.string().nullable(),
  input: z.strictObject({ sha256: Sha256 }),
  requestedAt: Time,
  expiresAt: Time,
  useBy: Time.nullable(),
  decidedAt: Time.nullable(),
  status: z.enum(approvalStatuses),
  endedBecause: z.string().nullable(),
  /** The plan that it is an item of. */
  planId: z.string().nullable(),
  /** The approval whose change it has, in part or whole (SPEC 4.2.8). */
  derivedFrom: z.string().nullable(),
  /** Some parts of that one, or the same change in another run. */
  derivedAs: z.enum(["part", "carry_over"]).nullable(),
  votes: z.array(VoteView),
  /** The approving votes on the other approval that its decision was carried over from; null where none was. */
  carriedVotes: z.array(VoteView.omit({ decision: true, selfReviewed: true })).nullable(),
  /** That two administrators set the quorum aside, or that one waits for the other. */
  breakGlass: BreakGlassView.nullable(),
  /** All of them, or where they have an `alternative`, from 1, those of any one. */
  required: z.array(z.strictObject({ group: z.string(), count: z.int(), alternative: z.int().optional() })),
  /** Whether the only person of the agency who can decide may decide what they asked for themselves (SPEC 4.3). */
  selfReviewAllowed: z.boolean(),
  /** Whether only votes count that the voter's authenticator signed (SPEC 4.4). */
  stepUpRequired: z.boolean(),
  matchedRule: z.string().nullable(),
  checks: z.array(PolicyCheckView),
  isDryRun: z.boolean(),
  reasonRequired: z.boolean(),
  useWithinSeconds: z.int(),
  reviewUrl: z.string(),
  execution: z
    .strictObject({
      executionId: z.string(),
      status: z.enum(["started", "applied", "failed", "unknown"]),
      startedAt: Time,
      finishedAt: Time.nullable(),
      matchesApproved: z.boolean().nullable(),
      late: z.boolean(),
      receipts: z.array(StringMembers),
    })
    .nullable(),
})
export type ApprovalView = z.infer<typeof ApprovalView>

/** What the inbox shows of an approval: no content, so that a page of fifty stays small. */
export const ApprovalSummary = ApprovalView.pick({
  approvalId: true,
  runId: true,
  tenantId: true,
  tenantName: true,
  server: true,
  tool: true,
  toolVersion: true,
  tier: true,
  sentence: true,
  effects: true,
  flags: true,
  changeHash: true,
  run: true,
  requestedAt: true,
  expiresAt: true,
  decidedAt: true,
  status: true,
  version: true,
  required: true,
  planId: true,
  reviewUrl: true,
}).extend({
  added: z.int(),
  removed: z.int(),
  approvals: z.int(),
  /** Whether two administrators set its quorum aside. */
  isBreakGlass: z.boolean(),
})
export type ApprovalSummary = z.infer<typeof ApprovalSummary>

export const ApprovalList = z.strictObject({
  items: z.array(ApprovalSummary),
  nextCursor: z.string().nullable(),
})

export const VoteBody = z.strictObject({
  decision: z.enum(voteDecisions),
  changeHash: Sha256,
  reason: ReasonText.optional(),
  stepUp: StepUpAnswer.optional(),
  /** With a denial: ends the run that asked, with all that waits in it. */
  stopRun: z.literal(true).optional(),
})
export type VoteBody = z.infer<typeof VoteBody>

export { Sha256, Time }
