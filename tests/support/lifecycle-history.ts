import { copyOf, isDecisionLeft, isOpen, keyOf, type Answer, type Life } from "./lifecycle-model"
import { legalOrder, type Observed, type Sequential } from "./linearizability"

/** Something done in a life, and what the model says of it. */
export type Act = Readonly<{
  name: string
  /** What it is about, as the model calls it; empty for what is around everything. */
  on: readonly string[]
  model: (life: Life) => Answer
  /** What it takes from somebody who may be in the middle of something. */
  takes: Taken | null
  /** What else it can come to for who is in the middle of it then. */
  tooLate?: Readonly<{ by: Taken; model: (life: Life) => Answer }>
}>

/** The right to vote, or the key to ask with. */
export type Taken = "say" | "key"

/** How it was answered; null where nobody heard. */
export type Answered = Readonly<{
  act: Act
  answer: Answer | null
  /** Which execution the answer named, which stand-in, and what it made. */
  executionId: string | null
  standInId: string | null
  made: any
}>

/** What of it an explanation needs. */
export type Told = Pick<Answered, "act" | "answer">

/** Whether a life that began so can have been what its history says. */
export function explains(first: Life, history: readonly Observed<Told>[]): boolean {
  const taken = history.filter(({ operation }) => operation.act.takes !== null)
  const heard = history.map((observed) => ({ ...observed, operation: inTime(observed, taken) }))
  return legalOrder(heard, lifeFrom(first)) !== null
}

/** Nobody is too late but while something is taken from somebody. */
function inTime(observed: Observed<Told>, taken: readonly Observed<Told>[]): Told {
  const { sentAt, answeredAt, operation } = observed
  const { tooLate, ...act } = operation.act
  const isMet = taken.some(
    (other) =>
      other.operation.act.takes === tooLate?.by && other.sentAt <= answeredAt && sentAt <= other.answeredAt,
  )
  return isMet ? operation : { ...operation, act }
}

function lifeFrom(first: Life): Sequential<Life, Told> {
  return {
    first,
    step: (life, { act, answer }) =>
      waysOf(act).flatMap((model) => {
        const next = copyOf(life)
        const expected = model(next)
        return answer === null || answer === expected ? [next] : []
      }),
    keyOf,
    onlyLooks: (life, { act, answer }) =>
      answer !== null && (!isChange(answer) || isOver(life, act) || isRepeated(life, act, answer)),
  }
}

export function waysOf({ model, tooLate }: Act): readonly Act["model"][] {
  return tooLate === undefined ? [model] : [model, tooLate.model]
}

/** Whether this answer can come with a change. */
function isChange(answer: Answer): boolean {
  return answer.startsWith("ok") || changing.has(answer)
}

const changing: ReadonlySet<string> = new Set([
  "replayed",
  "expired",
  "before_changed",
  "tool_changed",
  "policy_changed",
])

/** Nothing that happens to what it is about can change that any more, nor anything else by it. */
function isOver(life: Life, { on }: Act): boolean {
  return (
    on.length > 0 &&
    on.every((name) => {
      const approval = life.approvals.find((one) => one.name === name)
      return approval !== undefined && isSettled(approval)
    })
  )
}

/** What was answered as before, for the same reason that still holds. */
function isRepeated(life: Life, { on: [name] }: Act, answer: Answer): boolean {
  const approval = life.approvals.find((one) => one.name === name)
  return answer === "replayed" && approval?.execution?.executionId != null
}

function isSettled(approval: Life["approvals"][number]): boolean {
  const { execution } = approval
  if (execution !== null) return execution.outcome !== null && execution.executionId !== null

  return !isOpen(approval) && !isDecisionLeft(approval)
}

/** A history that nothing explains as a person reads it, oldest first; marked is what it could be explained without. */
export function printUnexplained(first: Life, history: readonly Observed<Told>[]): string {
  const lines = history
    .toSorted((a, b) => a.sentAt - b.sentAt)
    .map((observed) => {
      const { sentAt, answeredAt, operation } = observed
      const isOdd = explains(
        first,
        history.filter((other) => other !== observed),
      )
      const times = `${sentAt.toFixed(1)} to ${answeredAt.toFixed(1)}`
      return `${isOdd ? ">" : " "} ${times.padEnd(24)} ${operation.act.name}: ${operation.answer ?? "unheard"}`
    })

  return lines.join("\n")
}
