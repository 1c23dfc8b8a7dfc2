import type { ReplayView } from "@/lib/simulations/simulation.schema"
import { answerWords } from "@/components/policies/simulation-words"

/** An answer with the rule that gave it: `asked people, by the rule prod-writes`. */
export type SaidAnswer = Readonly<{ answer: string; rule: string | null }>

export function saidAnswer({ answer, rule }: ReplayView["was"] | NonNullable<ReplayView["now"]>): SaidAnswer {
  return { answer: answerWords[answer], rule }
}

/** Why nothing can be said of a call; null when something can. */
export function untoldWords({ untold, was }: ReplayView): string | null {
  switch (untold) {
    case null:
      return null
    case "refused_otherwise":
      return "Something else than the policy refused this call, and would whatever the policy says."
    case "gone":
      return "What the policy looked at was erased, so it cannot be explained again."
    case "unrecorded":
      return "It was decided before Deltaseal recorded what a policy looks at, so it cannot be explained again."
    case "policy_unavailable":
      return `The policy cannot be read, so it cannot be explained again (version ${was.policyVersion} decided it).`
  }
}
