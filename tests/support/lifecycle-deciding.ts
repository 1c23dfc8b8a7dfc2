import {
  addApproval,
  copyOf,
  expire,
  find,
  isDecisionLeft,
  isOpen,
  type Answer,
  type Decision,
  type Life,
  type ModelApproval,
  type Origin,
  type Who,
} from "./lifecycle-model"

/** How people decide by SPEC 4.2 and 4.3, as the simplest program that says it. Nothing here is the product's. */

export function ask(life: Life, origin: Omit<Origin, "how">): Answer {
  const { around, closedRuns } = life
  if (around.has("keyRevoked")) return "unauthenticated"
  if (closedRuns.has(origin.run) || around.has("policyDenies") || around.has("toolChanged"))
    return "policy_denied"

  const old = life.approvals.find((other) => canBeCarried(other, origin))
  const asked = addApproval(life, { ...origin, how: old === undefined ? "asked" : "carried over" })
  if (old === undefined) return "ok"
  if (old.status === "approved" && !expire(old)) old.status = "cancelled"
  old.isCarriedOver = true
  Object.assign(asked, { status: "approved", isDecided: true })
  return `ok, as ${old.name} was`
}

/** What people decided for the same change in another run, unless somebody wanted it to end or it was used. */
function canBeCarried(old: ModelApproval, { run, change }: Pick<Origin, "run" | "change">): boolean {
  const isLeft = old.status === "approved" || old.status === "expired" || old.endedWithRun
  const isFree = !old.isCarriedOver && !old.wasBroken && old.how === "asked"
  const isSame = old.change === change && old.run !== run

  return isSame && isLeft && isFree && old.isDecided && isFilled(old) && approvers(old).every(counts(old))
}

export type Vote = Readonly<{ who: Who; decision: Decision; hasReason: boolean; isRightHash: boolean }>

export function vote(approval: ModelApproval, { who, decision, hasReason, isRightHash }: Vote): Answer {
  if (decision !== "approve" && !hasReason) return "reason_required"
  if (isNobody(approval, who)) return "not_found"
  if (who === "auditor" || (who === "deputy" && !standsIn(approval, decision))) return "forbidden"
  if (who === "owner" || who === "operator") return "separation_of_duties"
  if (expire(approval)) return "expired"
  if (approval.status !== "pending") return "approval_closed"
  if (!isRightHash) return "hash_mismatch"
  if (approval.votes.has(who) || (decision === "approve" && isSpokenFor(approval, who)))
    return "already_voted"

  approval.votes.set(who, decision)
  if (decision !== "approve") approval.status = "denied"
  else if (isFilled(approval)) decide(approval)
  return "ok"
}

/** All of it was on their screen. Whoever has voted, or can no longer vote, has seen nothing that would count. */
export function see(approval: ModelApproval, who: Who): Answer {
  if (isNobody(approval, who)) return "not_found"
  const { status, isDue, votes, seenBy } = approval
  if (status === "pending" && !isDue && !votes.has(who)) seenBy.add(who)
  return "ok"
}

/** One of several that are decided at once: approved is only what was seen. */
export function voteHavingSeen(approval: ModelApproval, given: Vote): Answer {
  const tried = find(copyOf(approval.life), approval.name)
  const answer = tried === undefined ? "not_found" : vote(tried, given)
  if (answer === "ok" && given.decision === "approve" && !approval.seenBy.has(given.who)) return "not_shown"
  vote(approval, given)
  return answer === "ok" ? `ok, ${approval.status}` : answer
}

/** All of them or none. */
export function voteTogether(approvals: readonly ModelApproval[], given: Vote): Answer {
  const [first] = approvals
  if (first === undefined) return "invalid_request"
  const life = copyOf(first.life)
  const answers = approvals.map(({ name }) => {
    const tried = find(life, name)
    return tried === undefined ? "not_found" : voteHavingSeen(tried, given)
  })
  if (!answers.every((answer) => answer.startsWith("ok"))) return answers.map(onlyCode).join(" & ")
  for (const approval of approvals) vote(approval, given)
  return answers.join(" & ")
}

const onlyCode = (answer: Answer) => (answer.startsWith("ok") ? "-" : answer)

/** A vote that was being cast while whoever cast it lost their say: it stands, and counts for nothing. */
export function voteTooLate(approval: ModelApproval, who: Who): Answer {
  if (approval.status !== "pending" || approval.isDue || approval.votes.has(who)) return "approval_closed"
  if (counts(approval)(who)) return "it counts"
  approval.votes.set(who, "approve")
  return "ok"
}

/** Only one's own approving vote can be taken back, and only for as long as it can be used. */
export function withdraw(approval: ModelApproval, who: Who): Answer {
  const { status, votes } = approval
  if (isNobody(approval, who)) return "not_found"
  const hasNoPart = who === "deputy" && !isAway(approval) && !votes.has(who)
  if (who === "auditor" || hasNoPart) return "forbidden"
  const isLeft = isDecisionLeft(approval)
  if (expire(approval) || (status === "expired" && !isLeft)) return "expired"
  if (status === "consumed") return "already_consumed"
  if (!isOpen(approval) && !isLeft) return "approval_closed"
  if (!votes.delete(who)) return "not_voted"

  if (!isLeft && !isFilled(approval)) Object.assign(approval, { status: "pending", isDecided: false })
  return "ok"
}

/** Denies the whole, and makes an approval of its first part with the same person's vote on it. */
export function approveInPart(
  approval: ModelApproval,
  who: Who,
  name: string,
  agree: (part: ModelApproval, who: Who) => Answer = (part) =>
    vote(part, { who, decision: "approve", hasReason: true, isRightHash: true }),
): Answer {
  if (isNobody(approval, who)) return "not_found"
  if (approval.status !== "pending") return "approval_closed"
  if (approval.parts === 1) return "not_partial"
  const denied = vote(approval, { who, decision: "deny", hasReason: true, isRightHash: true })
  if (denied !== "ok") return denied

  const { life, run, change } = approval
  const part = addApproval(life, { name, run, change, parts: 1, how: "in part" })
  return agree(part, who)
}

/** Two administrators approve what others do not: one begins, another confirms. */
export function breakGlass(approval: ModelApproval, who: Who, isRightHash: boolean): Answer {
  const refusal = whyNoGlass(approval, who)
  if (refusal !== null) return refusal
  if (expire(approval)) return "expired"
  if (approval.status !== "pending") return "approval_closed"
  if (!isRightHash) return "hash_mismatch"
  if (approval.glass !== null) return "break_glass_open"
  approval.glass = who
  return "ok"
}

export function confirmGlass(approval: ModelApproval, who: Who): Answer {
  const { glass: other, votes } = approval
  const refusal = whyNoGlass(approval, who)
  if (refusal !== null) return refusal
  if (expire(approval)) return "expired"
  if (approval.status !== "pending") return "approval_closed"
  if (other === null) return "break_glass_closed"
  if (other === who) return "second_person_required"
  if (whyNoGlass(approval, other) !== null) return "break_glass_closed"

  for (const one of [other, who]) votes.set(one, "approve")
  Object.assign(approval, { glass: null, wasBroken: true })
  decide(approval)
  return "ok"
}

export function withdrawGlass(approval: ModelApproval, who: Who): Answer {
  if (isNobody(approval, who)) return "not_found"
  if (approval.glass !== who && whyNoGlass(approval, who) === "forbidden") return "forbidden"
  if (approval.glass === null || approval.status !== "pending") return "break_glass_closed"
  approval.glass = null
  return "ok"
}

/** Whoever somebody voted for has voted. */
function whyNoGlass(approval: ModelApproval, who: Who): Answer | null {
  if (isNobody(approval, who)) return "not_found"
  if (who === "owner") return "separation_of_duties"
  if (who !== "admin" && who !== "chief") return "forbidden"
  return who === "chief" && approval.votes.has("deputy") ? "already_voted" : null
}

/**
 * In the chief's place, while the chief is away: for what is missing still, and against what neither voted on. Of one
 * that is over it only matters that they could have.
 */
function standsIn(approval: ModelApproval, decision: Decision): boolean {
  if (!isAway(approval)) return false
  if (approval.status !== "pending") return true
  return decision === "approve"
    ? !isFilled(approval)
    : !approval.votes.has("chief") && !approval.votes.has("deputy")
}

/** The chief and the deputy are one, as long as the vote of the other counts. */
function isSpokenFor(approval: ModelApproval, who: Who): boolean {
  const other = who === "chief" ? "deputy" : "chief"
  return (who === "chief" || who === "deputy") && approvers(approval).filter(counts(approval)).includes(other)
}

/** Whoever has left since they voted counts no more, nor who stood in for somebody who is back. */
function isFilled(approval: ModelApproval): boolean {
  const counted = approvers(approval).filter(counts(approval))
  return new Set(counted.map((who) => (who === "deputy" ? "chief" : who))).size >= approval.life.needs
}

const counts = (approval: ModelApproval) => (who: Who) =>
  (who !== "first" || !approval.life.around.has("firstRemoved")) && (who !== "deputy" || isAway(approval))

export function approvers({ votes }: ModelApproval): readonly Who[] {
  return [...votes].flatMap(([who, decision]) => (decision === "approve" ? [who] : []))
}

const isAway = ({ life }: ModelApproval) => life.around.has("chiefAway")

const isNobody = ({ life }: ModelApproval, who: Who) =>
  who === "stranger" || (who === "first" && life.around.has("firstRemoved"))

function decide(approval: ModelApproval): void {
  Object.assign(approval, { status: "approved", isDecided: true })
}
