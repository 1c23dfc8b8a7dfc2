/** What an approval's life is by SPEC 4.1 and 4.2, as the simplest program that says it. Nothing here is the product's. */

export type Who = "first" | "second" | "admin" | "owner" | "operator" | "auditor" | "stranger"
export type KeyName = "asking" | "other" | "noExecute" | "foreign"
export type Status = "pending" | "approved" | "denied" | "expired" | "cancelled" | "stale" | "consumed"

type Execution = {
  key: KeyName
  nonce: number
  outcome: "applied" | "failed" | null
  /** As the answers name it; null where nobody has heard of it. */
  executionId: string | null
}

/** What can change around an approval and bears on it. */
export type Around = "keyRevoked" | "firstRemoved" | "policyDenies" | "toolChanged"

export type ModelApproval = {
  status: Status
  /** Its time is up, whether or not anybody noticed. */
  isDue: boolean
  needs: number
  voters: Set<Who>
  execution: Execution | null
  around: Set<Around>
  place: number
}

export type Model = { isOpen: boolean; needs: number; approvals: ModelApproval[] }

/** `ok`, or the code of the refusal. */
export type Answer = string

export function copyOf(approval: ModelApproval): ModelApproval {
  const { execution, voters, around } = approval

  return {
    ...approval,
    voters: new Set(voters),
    around: new Set(around),
    execution: execution && { ...execution },
  }
}

/** Equal for approvals that nothing can tell apart. */
export function keyOf({ status, isDue, voters, around, execution }: ModelApproval): string {
  const { key, nonce, outcome, executionId } = execution ?? {}

  return [status, isDue, [...voters, ...around].sort().join("+"), key, nonce, outcome, executionId].join(" ")
}

export function newApproval(needs: number, place = 0): ModelApproval {
  return {
    status: "pending",
    isDue: false,
    needs,
    voters: new Set(),
    execution: null,
    around: new Set(),
    place,
  }
}

export function newModel(needs: number): Model {
  return { isOpen: true, needs, approvals: [] }
}

export function ask(model: Model): Answer {
  if (!model.isOpen) return "policy_denied"
  const { needs, approvals } = model
  approvals.push(newApproval(needs, approvals.length))
  return "ok"
}

export type Vote = Readonly<{
  who: Who
  decision: "approve" | "deny" | "request_changes"
  hasReason: boolean
  isRightHash: boolean
}>

export function vote(approval: ModelApproval, { who, decision, hasReason, isRightHash }: Vote): Answer {
  if (decision !== "approve" && !hasReason) return "reason_required"
  if (who === "stranger" || (who === "first" && approval.around.has("firstRemoved"))) return "not_found"
  if (who === "auditor") return "forbidden"
  if (who === "owner" || who === "operator") return "separation_of_duties"
  if (expire(approval)) return "expired"
  if (approval.status !== "pending") return "approval_closed"
  if (!isRightHash) return "hash_mismatch"
  if (approval.voters.has(who)) return "already_voted"

  if (decision !== "approve") {
    approval.status = "denied"
    return "ok"
  }
  approval.voters.add(who)
  if (isFilled(approval)) approval.status = "approved"
  return "ok"
}

/** Only one's own approving vote can be taken back, and only before it is spent. */
export function withdraw(approval: ModelApproval, who: Who): Answer {
  if (who === "stranger" || (who === "first" && approval.around.has("firstRemoved"))) return "not_found"
  if (who === "auditor") return "forbidden"
  if (expire(approval) || approval.status === "expired") return "expired"
  if (approval.status === "consumed") return "already_consumed"
  if (approval.status !== "pending" && approval.status !== "approved") return "approval_closed"
  if (!approval.voters.delete(who)) return "not_voted"
  if (!isFilled(approval)) approval.status = "pending"
  return "ok"
}

/** Whoever has left since they voted counts no more. */
function isFilled({ voters, needs, around }: ModelApproval): boolean {
  const counted = [...voters].filter((who) => who !== "first" || !around.has("firstRemoved"))

  return counted.length >= needs
}

export type Spend = Readonly<{
  key: KeyName
  nonce: number
  isRightRun: boolean
  isRightHash: boolean
  isRightState: boolean
  /** Which execution the answer named, where one did. */
  executionId?: string | null
}>

/** `ok` the first time, `replayed` when the same spend comes again before its outcome. */
export function consume(approval: ModelApproval, spend: Spend): Answer {
  const { key, nonce, isRightRun, isRightHash, isRightState, executionId = null } = spend
  if (isRevoked(approval, key)) return "unauthenticated"
  if (key === "noExecute") return "scope_missing"
  if (key === "foreign") return "not_found"
  if (approval.execution !== null) {
    const { execution } = approval
    const isSame = execution.key === key && execution.nonce === nonce
    const isWhole = isRightRun && isRightHash && isRightState
    if (!isSame || !isWhole || execution.outcome !== null) return "already_consumed"
    execution.executionId ??= executionId
    return executionId === null || executionId === execution.executionId ? "replayed" : "another execution"
  }
  if (expire(approval)) return "expired"
  if (approval.status !== "pending" && approval.status !== "approved") return approval.status
  if (!isRightRun) return "wrong_run"
  if (approval.status === "pending") return "not_approved"
  if (!isRightHash) return "hash_mismatch"
  if (approval.around.has("toolChanged") || !isRightState) {
    approval.status = "stale"
    return approval.around.has("toolChanged") ? "tool_changed" : "before_changed"
  }
  if (approval.around.has("policyDenies")) {
    approval.status = "cancelled"
    return "policy_changed"
  }
  approval.status = "consumed"
  approval.execution = { key, nonce, outcome: null, executionId }
  return "ok"
}

export type Report = Readonly<{ key: KeyName; outcome: "applied" | "failed" }>

export function report(approval: ModelApproval, { key, outcome }: Report): Answer {
  const { execution } = approval
  if (isRevoked(approval, key)) return "unauthenticated"
  if (execution === null) return "not_found"
  if (key === "noExecute") return "scope_missing"
  if (key !== execution.key) return "not_found"
  execution.outcome ??= outcome
  return execution.outcome === outcome ? "ok" : "outcome_recorded"
}

export type Canceller = "asking" | "other" | "foreign" | "first" | "admin" | "auditor" | "stranger"

export function cancel(approval: ModelApproval, by: Canceller): Answer {
  if (isRevoked(approval, by)) return "unauthenticated"
  if (by === "foreign" || by === "stranger") return "not_found"
  if (by !== "asking" && by !== "admin") return "forbidden"
  if (approval.isDue || (approval.status !== "pending" && approval.status !== "approved"))
    return "approval_closed"
  approval.status = "cancelled"
  return "ok"
}

/** Revokes the key that asked, whose open approvals end with it. */
export function revoke(approval: ModelApproval): Answer {
  if (approval.around.has("keyRevoked")) return "key_ended"
  cancel(approval, "admin")
  approval.around.add("keyRevoked")
  return "ok"
}

function isRevoked({ around }: ModelApproval, key: KeyName | Canceller): boolean {
  return key === "asking" && around.has("keyRevoked")
}

/** Closing once more changes nothing. */
export function close(model: Model): Answer {
  model.isOpen = false
  for (const approval of model.approvals) cancel(approval, "admin")
  return "ok"
}

/** What anybody who reads it is told: time ends it whether or not somebody noticed. */
export function read({ status, isDue }: ModelApproval): Status {
  return isDue ? "expired" : status
}

export function letTimePass(approval: ModelApproval): void {
  if (approval.status === "pending" || approval.status === "approved") approval.isDue = true
}

/** Whether its time was up, which is then noticed. */
function expire(approval: ModelApproval): boolean {
  if (!approval.isDue) return false
  approval.isDue = false
  approval.status = "expired"
  return true
}
