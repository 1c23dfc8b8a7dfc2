import { approvalStatuses, type ApprovalStatus } from "./answers.ts"
import { intOf, listOf, objectOf, oneOf, textOf, textOrNull } from "./answer.ts"
import type { ChangePart } from "./build-envelope.ts"
import type { JsonValue } from "./canonical.ts"
import { GuardError } from "./guard-error.ts"
import { planHash } from "./hashes.ts"

/** A call that is intended, as it will be asked for when it is made. */
export type IntendedCall = Readonly<{
  tool: Readonly<{ server: string; name: string; version: string }>
  input: JsonValue
  parts?: readonly ChangePart[]
  reason?: string
  dryRun?: boolean
}>

/** Up to 50 calls of one run, to be reviewed once. */
export type CallPlanRequest = Readonly<{
  runId: string
  calls: readonly IntendedCall[]
  reason?: string
  /** How long an approved call may be made, in seconds, where the policy says no less: 60 to 86,400. */
  useWithinSeconds?: number
}>

const statuses = ["pending", "approved", "denied", "expired", "cancelled", "done"] as const
export type CallPlanStatus = (typeof statuses)[number]

/** A plan as far as whoever made it acts on it; the server's answer has more. */
export type CallPlan = Readonly<{
  planId: string
  runId: string
  tenantId: string
  planHash: string
  /** `done` once every item has ended and one of them was used. */
  status: CallPlanStatus
  expiresAt: string
  reviewUrl: string
  /** The calls that people decide on, by their place among the calls that were sent, from 0. */
  items: readonly Readonly<{
    index: number
    approvalId: string
    changeHash: string
    status: ApprovalStatus
    useBy: string | null
  }>[]
  /** The places of the calls that nobody has to approve. */
  free: readonly number[]
}>

/** @throws GuardError `hash_mismatch` when the plan's hash is not that of its items */
export function readCallPlan(value: JsonValue): CallPlan {
  const answer = objectOf(value, "plan")
  const plan = {
    planId: textOf(answer.planId, "planId"),
    runId: textOf(answer.runId, "runId"),
    tenantId: textOf(answer.tenantId, "tenantId"),
    planHash: textOf(answer.planHash, "planHash"),
    status: oneOf(answer.status, statuses, "plan status"),
    expiresAt: textOf(answer.expiresAt, "expiresAt"),
    reviewUrl: textOf(answer.reviewUrl, "reviewUrl"),
    items: listOf(answer.items, "items").map(readItem),
    free: listOf(answer.free, "free calls").map((call) => intOf(objectOf(call, "free call").index, "index")),
  }
  const changeHashes = plan.items.map(({ changeHash }) => changeHash)
  if (planHash({ ...plan, changeHashes }) === plan.planHash) return plan
  throw new GuardError("hash_mismatch", "The plan's hash is not that of its items.")
}

/** The body of a request for a plan. */
export function planBody({ calls, ...rest }: CallPlanRequest): object {
  return {
    ...rest,
    calls: calls.map(({ parts, ...call }) => (parts === undefined ? call : { ...call, change: { parts } })),
  }
}

function readItem(value: JsonValue): CallPlan["items"][number] {
  const item = objectOf(value, "item")
  return {
    index: intOf(item.index, "index"),
    approvalId: textOf(item.approvalId, "approvalId"),
    changeHash: textOf(item.changeHash, "changeHash"),
    status: oneOf(item.status, approvalStatuses, "item status"),
    useBy: textOrNull(item.useBy),
  }
}
