import type { CompiledRule } from "./compile-policy"
import {
  defaultExpiresInSeconds,
  defaultUseWithinSeconds,
  type PolicyRule,
  type RuleApproval,
  type Stage,
} from "./policy"
import type { PolicyApproval } from "./policy-answer"

/** What people must do where a rule says no more: the tier default, which for no tier is more (SPEC 3.2). */
export const defaultStages: readonly Stage[] = [{ group: "reviewers", count: 1 }]

/** Who decides is up to the deciding rule; for the rest, the strictest that any rule that applies says. */
export function approvalOf(
  { approval }: PolicyRule,
  applying: readonly CompiledRule[],
  isSelfReviewAllowed: boolean,
): PolicyApproval {
  const said = applying.flatMap(({ rule }) => (rule.approval === undefined ? [] : [rule.approval]))

  return {
    stages: numbered(waysOf(approval)),
    expiresInSeconds: shortest(
      said.map(({ expiresInSeconds }) => expiresInSeconds),
      defaultExpiresInSeconds,
    ),
    useWithinSeconds: shortest(
      said.map(({ useWithinSeconds }) => useWithinSeconds),
      defaultUseWithinSeconds,
    ),
    isUseWithinSaid: said.some(({ useWithinSeconds }) => useWithinSeconds !== undefined),
    isReasonRequired: said.some(({ reasonRequired }) => reasonRequired === true),
    carryOverSeconds: approval?.carryOverSeconds ?? null,
    isStepUpRequired: said.some(({ stepUp }) => stepUp === true),
    isSelfReviewAllowed,
  }
}

/** The ways in which people can give what a rule asks for, each of them enough. */
export function waysOf(approval: RuleApproval | undefined): readonly (readonly Stage[])[] {
  return approval?.anyOf?.map(({ stages }) => stages) ?? [approval?.stages ?? defaultStages]
}

function numbered(ways: readonly (readonly Stage[])[]): PolicyApproval["stages"] {
  if (ways.length === 1) return ways[0] ?? defaultStages

  return ways.flatMap((stages, index) => stages.map((stage) => ({ ...stage, alternative: index + 1 })))
}

/** The stages as an approval keeps them: each with what a vote needs to count. */
export function stagesOf({ stages, isStepUpRequired, isSelfReviewAllowed }: PolicyApproval): AskedStage[] {
  return stages.map((stage) => ({
    ...stage,
    ...(isStepUpRequired ? { stepUp: true as const } : {}),
    ...(isSelfReviewAllowed ? { selfReview: true as const } : {}),
  }))
}

export type AskedStage = PolicyApproval["stages"][number] & Readonly<{ stepUp?: true; selfReview?: true }>

function shortest(said: readonly (number | undefined)[], otherwise: number): number {
  const seconds = said.filter((value) => value !== undefined)
  return seconds.length === 0 ? otherwise : Math.min(...seconds)
}
