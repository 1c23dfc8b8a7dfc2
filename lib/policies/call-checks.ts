import type { Reason } from "@/lib/errors/app-error"
import type { PolicyCheck } from "./policy-answer"

/** What the checks of a call are named, in the order of SPEC 3.1, and by which codes each fails. */
const codesOf = {
  // Without a live key that may ask there is no answer to list it in.
  key: [],
  run: ["run_closed"],
  environment: ["environment_not_allowed"],
  registered: ["tool_not_registered", "tool_version_unknown", "tool_suspended"],
  tier: ["tier_unassigned"],
  allowlist: ["tool_not_allowed"],
  runTools: ["tool_not_in_run"],
  // What a schema finds has codes of its own.
  input: null,
  tenantIds: ["tenant_mismatch"],
  change: ["change_required"],
  idempotencyKey: ["idempotency_key_required"],
} as const satisfies Readonly<Record<string, readonly string[] | null>>

type CheckName = keyof typeof codesOf

const names = Object.keys(codesOf) as readonly CheckName[]

const knownCodes: ReadonlySet<string> = new Set([
  ...Object.values(codesOf).flatMap((codes) => codes ?? []),
  "not_checkable",
])

/**
 * Every check that is made before a policy is asked (SPEC 3.1), with what came of it.
 *
 * @param made what was there to look at: the tool in any version, in this one, and its schema
 */
export function callChecks(reasons: readonly Reason[], made: Made): PolicyCheck[] {
  const { isRegistered, isVersionKnown, isInputChecked } = made
  const unmade = new Set<CheckName>([
    ...(isRegistered ? [] : (["allowlist"] as const)),
    ...(isVersionKnown ? [] : (["tier", "change", "idempotencyKey"] as const)),
    ...(isInputChecked ? [] : (["input"] as const)),
  ])

  return names.map((check) =>
    checked(
      check,
      !unmade.has(check),
      reasons.find(({ code }) => isAbout(check, code)),
    ),
  )
}

type Made = Readonly<{ isRegistered: boolean; isVersionKnown: boolean; isInputChecked: boolean }>

function isAbout(check: CheckName, code: string): boolean {
  const codes: readonly string[] | null = codesOf[check]
  return codes === null ? !knownCodes.has(code) : codes.includes(code)
}

function checked(check: string, isMade: boolean, reason: Reason | undefined): PolicyCheck {
  if (reason !== undefined) return { check, rule: null, result: "fail", message: reason.message }
  return isMade
    ? { check, rule: null, result: "pass", message: "" }
    : { check, rule: null, result: "error", message: "This could not be checked." }
}
