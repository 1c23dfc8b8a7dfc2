import { copyOf, keyOf, newApproval, type Answer, type ModelApproval } from "./lifecycle-model"
import { legalOrder, type Observed, type Sequential } from "./linearizability"

/** Something done about an approval, and what the model says of it. */
export type Act = Readonly<{ name: string; model: (approval: ModelApproval) => Answer }>

/** How it was answered; null where nobody heard. */
export type Answered = Readonly<{
  act: Act
  answer: Answer | null
  /** Which execution the answer named. */
  executionId?: string | null
}>

/** Whether one approval, new at the beginning, can have been what its history says. */
export function explains(needs: number, history: readonly Observed<Answered>[]): boolean {
  return legalOrder(history, lifeOf(needs)) !== null
}

function lifeOf(needs: number): Sequential<ModelApproval, Answered> {
  return {
    first: newApproval(needs),
    step: (approval, { act, answer }) => {
      const next = copyOf(approval)
      const expected = act.model(next)
      return answer === null || answer === expected ? [next] : []
    },
    keyOf,
    onlyLooks: (approval, { answer }) => answer !== null && (!changing.has(answer) || isOver(approval)),
  }
}

/** The answers that can come with a change. */
const changing: ReadonlySet<string> = new Set([
  "ok",
  "replayed",
  "expired",
  "before_changed",
  "tool_changed",
  "policy_changed",
])

/** Nothing that happens to it can change it any more. */
function isOver({ status, execution }: ModelApproval): boolean {
  if (execution !== null) return execution.outcome !== null && execution.executionId !== null

  return status !== "pending" && status !== "approved"
}

/** A history as a person reads it, oldest first. */
export function printHistory(history: readonly Observed<Answered>[]): string {
  const lines = history
    .toSorted((a, b) => a.sentAt - b.sentAt)
    .map(({ sentAt, answeredAt, operation: { act, answer } }) => {
      const times = `${sentAt.toFixed(1)} to ${answeredAt.toFixed(1)}`
      return `${times.padEnd(24)} ${act.name}: ${answer ?? "unheard"}`
    })

  return lines.join("\n")
}
