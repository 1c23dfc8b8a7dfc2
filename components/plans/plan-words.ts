import type { VoteDecision } from "@/lib/approvals/approval"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import type { Plan } from "@/lib/plans/plan.schema"
import { tiers, type Tier } from "@/lib/tools/tool"

type Standing = Pick<ApprovalView, "status" | "execution" | "votes">
export type Outcome = Readonly<{ title: string; happened: string }>

/** `1 call`, `3 calls`. */
export function callWords(count: number): string {
  return count === 1 ? "1 call" : `${count} calls`
}

/** What became of a plan as a whole; what became of each call is said beside it. */
export function explainPlan(status: Plan["status"], calls: readonly Standing[]): Outcome {
  switch (status) {
    case "pending":
      return { title: "Waiting for a decision", happened: "The agent is waiting." }
    case "approved":
      return {
        title: `Approved by ${namesOf(calls, "approve")}`,
        happened:
          "The tool servers may now do exactly these calls, each once. Anything else is asked for anew.",
      }
    case "denied":
      if (votesOf(calls).some(({ decision }) => decision === "request_changes")) {
        return {
          title: `Sent back by ${namesOf(calls, "request_changes")}`,
          happened: "The agent was told what to change. None of these changes was made.",
        }
      }
      return {
        title: `Denied by ${namesOf(calls, "deny")}`,
        happened: "The agent was told why. None of these changes was made.",
      }
    case "expired":
      return { title: "Expired", happened: "Its time ended. The agent has to ask again." }
    case "cancelled":
      return {
        title: "Cancelled",
        happened: "It ended before it was used: it was taken back, or what it rested on changed.",
      }
    case "done":
      return {
        title: `Approved by ${namesOf(calls, "approve")}`,
        happened: "It is over: no call of it can be used any more.",
      }
  }
}

/** Those who voted so on any of the calls. */
function namesOf(calls: readonly Standing[], decision: VoteDecision): string {
  const votes = votesOf(calls).filter((vote) => vote.decision === decision)
  const names = [...new Set(votes.map(({ name }) => name))]
  return names.length === 0 ? "nobody" : new Intl.ListFormat("en-GB").format(names)
}

type Vote = ApprovalView["votes"][number]

/** Each vote once, oldest first: deciding a plan casts the same one on every call. */
export function votesOf(calls: readonly Pick<Standing, "votes">[]): Vote[] {
  const votes = new Map<string, Vote>()
  for (const vote of calls.flatMap((call) => call.votes)) {
    const key = JSON.stringify([vote.personId, vote.decision, vote.reason])
    if (!votes.has(key)) votes.set(key, vote)
  }

  return [...votes.values()].sort((a, b) => a.at.localeCompare(b.at))
}

/** How many calls stand alike, in the order in which the first of each comes. */
export function standingsOf<Call extends Pick<Standing, "status" | "execution">>(
  calls: readonly Call[],
): Readonly<{ call: Call; count: number }>[] {
  const groups = new Map<string, Call[]>()
  for (const call of calls) {
    const key = JSON.stringify([call.status, call.execution?.status, call.execution?.matchesApproved])
    groups.set(key, [...(groups.get(key) ?? []), call])
  }

  return [...groups.values()].flatMap((alike) =>
    alike[0] === undefined ? [] : [{ call: alike[0], count: alike.length }],
  )
}

/** The tier that can do the most harm. */
export function highestTier(of: readonly Readonly<{ tier: Tier }>[]): Tier {
  const highest = Math.max(0, ...of.map(({ tier }) => tiers.indexOf(tier)))
  return tiers[highest] ?? "T4_IDENTITY_MONEY_OUTBOUND"
}
