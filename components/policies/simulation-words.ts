import { stagesWords } from "@/components/approvals/rule-words"
import type { SimulatedCallList, SimulationView } from "@/lib/simulations/simulation.schema"

export const answerWords = { allow: "let through", pending: "asked people", deny: "refused" } as const

/** What a simulation came to, in one sentence. */
export function resultWords({ status, done, total, changed, othersAsked }: SimulationView): string {
  const of =
    status === "done" ? `${total} ${total === 1 ? "call" : "calls"}` : `the first ${done} of ${total} calls`
  if (total === 0) return "No call was recorded in these days, so there is nothing to compare."
  const said = `Of ${of}, ${changed === 0 ? "none" : changed} would be answered otherwise`
  return othersAsked === 0 ? `${said}.` : `${said}, and ${othersAsked} would be put to other people.`
}

/** What a call was answered, or whom it was put to. */
export function answerOrPeople(answer: keyof typeof answerWords, required: Asked | null): string {
  return required === null ? answerWords[answer] : `asked ${peopleWords(required)}`
}

type Asked = NonNullable<SimulatedCallList["items"][number]["required"]>["was"]

function peopleWords(required: Asked): string {
  const signed = required.some(({ stepUp }) => stepUp === true) ? ", signed" : ""
  const alone = required.some(({ selfReview }) => selfReview === true) ? ", or who asks if alone" : ""

  return `${stagesWords(required)}${signed}${alone}`
}

/** What the draft says nothing of, one sentence for each reason. */
export function untoldWords({ refusedOtherwise, gone, unrecorded }: SimulationView): readonly string[] {
  return [
    [refusedOtherwise, "refused by other checks than the policy's, and would be again"],
    [gone, "not compared: what the policy looked at was erased"],
    [unrecorded, "not compared: decided before Deltaseal recorded what a policy looks at"],
  ].flatMap(([calls, words]) => (calls === 0 ? [] : [`${calls} ${words}.`]))
}

/** Which calls the draft's limits would have refused, and what that does not say. */
export function limitWords({ overLimits }: SimulationView): readonly string[] {
  if (overLimits.length === 0) return []

  return [
    ...overLimits.map(({ limit, calls }) => `${calls} beyond the limit ${limit} of this draft, so refused.`),
    "Limits are counted from nothing over these calls, in their order. Output, tokens and open approvals are not.",
  ]
}
