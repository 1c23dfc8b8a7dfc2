import type { Reason } from "@/lib/errors/app-error"
import type { PolicyCheck } from "./policy-answer"

/** What the checks of a call are named, in their order, and by which codes each fails. */
const codesOf = {
  run: ["run_closed"],
  environment: ["environment_not_allowed"],
  runTools: ["tool_not_in_run"],
  registered: ["tool_not_registered", "tool_version_unknown", "tool_suspended"],
  tier: ["tier_unassigned"],
  allowlist: ["tool_not_allowed"],
  tenantIds: ["tenant_mismatch"],
  change: ["change_required"],
} as const satisfies Readonly<Record<string, readonly string[]>>

const knownCodes: ReadonlySet<string> = new Set(Object.values(codesOf).flat())

/**
 * Every check that is made before a policy is asked (SPEC 3.1), with what came of it.
 *
 * @param made what was there to look at: the tool in any version, in this one, and its schema
 */
export function callChecks(reasons: readonly Reason[], made: Made): PolicyCheck[] {
  const { isRegistered, isVersionKnown, isInputChecked } = made
  const isMade = { ...always, allowlist: isRegistered, tier: isVersionKnown, change: isVersionKnown }
  const checks = names.map((check) => {
    const codes: readonly string[] = codesOf[check]
    return checked(
      check,
      isMade[check],
      reasons.find(({ code }) => codes.includes(code)),
    )
  })
  const input = reasons.find(({ code }) => !knownCodes.has(code) && code !== notCheckable)

  return [...checks, checked("input", isInputChecked, input)]
}

type Made = Readonly<{ isRegistered: boolean; isVersionKnown: boolean; isInputChecked: boolean }>

const names = Object.keys(codesOf) as readonly (keyof typeof codesOf)[]

const always = {
  run: true,
  environment: true,
  runTools: true,
  registered: true,
  tenantIds: true,
} as const

const notCheckable = "not_checkable"

function checked(check: string, isMade: boolean, reason: Reason | undefined): PolicyCheck {
  if (reason !== undefined) return { check, rule: null, result: "fail", message: reason.message }
  return isMade
    ? { check, rule: null, result: "pass", message: "" }
    : { check, rule: null, result: "error", message: "This could not be checked." }
}
