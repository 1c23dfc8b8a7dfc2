/** What the life of approvals is by SPEC 4.1, as the simplest program that says it. Nothing here is the product's. */

export type Who =
  "first" | "second" | "admin" | "chief" | "deputy" | "owner" | "operator" | "auditor" | "stranger"
export type KeyName = "asking" | "other" | "noExecute" | "foreign"
export type Status = "pending" | "approved" | "denied" | "expired" | "cancelled" | "stale" | "consumed"
export type Decision = "approve" | "deny" | "request_changes"

/** What can change around approvals and bears on all of them. `chiefAway`: the deputy stands in for the chief. */
export type Around = "keyRevoked" | "firstRemoved" | "policyDenies" | "toolChanged" | "chiefAway"

type Execution = {
  key: KeyName
  nonce: number
  outcome: "applied" | "failed" | null
  /** As the answers name it; null where nobody has heard of it. */
  executionId: string | null
}

/** Where an approval comes from: others of its life with the same run and change are made of the first. */
export type Origin = Readonly<{
  /** As nothing else of its life is called. */
  name: string
  run: number
  change: number
  /** Of how many parts its change is. */
  parts: number
  how: "asked" | "in part" | "carried over"
}>

export type ModelApproval = Origin & {
  readonly life: Life
  status: Status
  /** Its time is up, whether or not anybody noticed. */
  isDue: boolean
  votes: Map<Who, Decision>
  /** Who had all of it on their screen while they could decide on it. */
  seenBy: Set<Who>
  /** Who began to break the glass, until it is confirmed or withdrawn. */
  glass: Who | null
  wasBroken: boolean
  /** It was approved, and no vote was taken back since. */
  isDecided: boolean
  /** Its agent closed the run that it was open in. */
  endedWithRun: boolean
  isCarriedOver: boolean
  execution: Execution | null
}

/** What one agent asks for, and what is around it. */
export type Life = {
  readonly needs: number
  readonly around: Set<Around>
  readonly closedRuns: Set<number>
  readonly approvals: ModelApproval[]
}

/** `ok`, perhaps with what came of it, or the code of the refusal. */
export type Answer = string

export function newLife(needs: number): Life {
  return { needs, around: new Set(), closedRuns: new Set(), approvals: [] }
}

/** One more in a life; nothing is asked whether it may be. */
export function addApproval(life: Life, origin: Partial<Origin> = {}): ModelApproval {
  const approval: ModelApproval = {
    ...{ name: "it", run: 0, change: 0, parts: 1, how: "asked" as const, ...origin },
    ...{ life, status: "pending", isDue: false, votes: new Map(), seenBy: new Set(), glass: null },
    ...{ wasBroken: false, isDecided: false, endedWithRun: false, isCarriedOver: false, execution: null },
  }
  life.approvals.push(approval)
  return approval
}

export function find({ approvals }: Life, name: string): ModelApproval | undefined {
  return approvals.find((approval) => approval.name === name)
}

export function copyOf(life: Life): Life {
  const copied: Life = {
    needs: life.needs,
    around: new Set(life.around),
    closedRuns: new Set(life.closedRuns),
    approvals: [],
  }
  for (const { votes, seenBy, execution, ...approval } of life.approvals)
    copied.approvals.push({
      ...approval,
      life: copied,
      votes: new Map(votes),
      seenBy: new Set(seenBy),
      execution: execution && { ...execution },
    })
  return copied
}

/** Equal for lives that nothing can tell apart. */
export function keyOf({ around, closedRuns, approvals }: Life): string {
  const each = approvals.map((approval) => {
    const { name, how, status, isDue, votes, seenBy, glass, wasBroken, isDecided } = approval
    const { endedWithRun, isCarriedOver, execution } = approval
    const { key, nonce, outcome, executionId } = execution ?? {}
    const people = [...votes].map(([who, decision]) => `${who}:${decision}`).sort()
    return [
      ...[name, how, status, isDue, people.join(), [...seenBy].sort().join(), glass, wasBroken, isDecided],
      ...[endedWithRun, isCarriedOver, key, nonce, outcome, executionId],
    ].join(" ")
  })

  return [...around, ...closedRuns, ...each].sort().join("; ")
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
  if (!isOpen(approval)) return approval.status
  if (!isRightRun) return "wrong_run"
  if (approval.status === "pending") return "not_approved"
  if (!isRightHash) return "hash_mismatch"
  if (approval.life.around.has("toolChanged") || !isRightState) {
    approval.status = "stale"
    return approval.life.around.has("toolChanged") ? "tool_changed" : "before_changed"
  }
  if (approval.life.around.has("policyDenies")) {
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
  if (approval.isDue || !isOpen(approval)) return "approval_closed"
  approval.status = "cancelled"
  return "ok"
}

/** Revokes the key that asked, whose open approvals end with it. */
export function revoke(life: Life): Answer {
  if (life.around.has("keyRevoked")) return "key_ended"
  for (const approval of life.approvals) cancel(approval, "admin")
  life.around.add("keyRevoked")
  return "ok"
}

function isRevoked({ life }: ModelApproval, key: KeyName | Canceller): boolean {
  return key === "asking" && life.around.has("keyRevoked")
}

/** The agent closes a run of its own. Once more changes nothing. */
export function close(life: Life, run: number): Answer {
  if (life.around.has("keyRevoked")) return "unauthenticated"
  life.closedRuns.add(run)
  for (const approval of life.approvals)
    if (approval.run === run && cancel(approval, "admin") === "ok") approval.endedWithRun = true
  return "ok"
}

/** Somebody stops a run. */
export function kill(life: Life, run: number): Answer {
  life.closedRuns.add(run)
  for (const approval of life.approvals) if (approval.run === run) cancel(approval, "admin")
  return "ok"
}

/** Something around is another way from now on. */
export function turn({ around }: Life, change: Around, again: Answer): Answer {
  if (around.has(change)) return again
  around.add(change)
  return "ok"
}

/** Whoever was away is back. */
export function comeBack({ around }: Life): Answer {
  return around.delete("chiefAway") ? "ok" : "stand_in_closed"
}

/** What anybody who reads it is told: time ends it whether or not somebody noticed. */
export function read({ status, isDue }: ModelApproval): Status {
  return isDue ? "expired" : status
}

export function letTimePass(approval: ModelApproval): void {
  if (isOpen(approval)) approval.isDue = true
}

/** Whether its time was up, which is then noticed. */
export function expire(approval: ModelApproval): boolean {
  if (!approval.isDue) return false
  approval.isDue = false
  approval.status = "expired"
  return true
}

export function isOpen({ status }: ModelApproval): boolean {
  return status === "pending" || status === "approved"
}

/** It is over, but not what people decided: that can still be carried over, for all that is known here. */
export function isDecisionLeft({
  how,
  status,
  isDecided,
  endedWithRun,
  isCarriedOver,
}: ModelApproval): boolean {
  return how === "asked" && isDecided && !isCarriedOver && (status === "expired" || endedWithRun)
}
