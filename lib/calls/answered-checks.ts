import type { Reason } from "@/lib/errors/app-error"
import { printable } from "@/lib/kernel/text"
import { executeMissing } from "@/lib/policies/decision"
import type { PolicyAnswer, PolicyCheck } from "@/lib/policies/policy-answer"
import type { CallLimit } from "./call-limits"
import type { DecidedCall } from "./calls.repo"
import type { Decided } from "./deciding.service"

type Asked = Readonly<{ decided: Decided; ruling: Readonly<{ answer: PolicyAnswer }> | null }>

/**
 * Every check of one call with its result, in the order of SPEC 3.1: those made
 * before the policy is asked, the policy's own, and those made after it.
 *
 * @param after one that fails takes the place of an earlier one of its name, which held until then
 */
export function answeredChecks({ decided, ruling }: Asked, after: readonly PolicyCheck[]): PolicyCheck[] {
  const failed = new Set(after.filter(({ result }) => result === "fail").map(({ check }) => check))
  const before = decided.decision.checks.filter(({ check }) => !failed.has(check))

  return [...before, ...(ruling?.answer.checks ?? [unasked]), ...after].map(storable)
}

/** The same of a call that is refused: nothing is counted then. */
export function refusedChecks(asked: Asked, after: readonly PolicyCheck[]): PolicyCheck[] {
  return [...answeredChecks(asked, after), uncounted]
}

/** Whether the call keeps to what the allowlist lets its tool change of records. */
export function fieldsCheck(allowed: readonly string[] | null, [outside]: readonly Reason[]): PolicyCheck {
  if (outside !== undefined) return failedCheck("patchPaths", outside.message)
  return allowed === null
    ? { ...held("patchPaths"), result: "not_applicable", message: "The tool may change any field." }
    : held("patchPaths")
}

/** What runs at once needs a key that may start it; what waits is started later on. */
export function executeCheck(runsAtOnce: boolean, scopes: readonly string[]): PolicyCheck {
  if (!runsAtOnce)
    return { ...held("execute"), result: "not_applicable", message: "It does not run at once." }
  return scopes.includes("execute") ? held("execute") : failedCheck("execute", executeMissing.message)
}

/** Where a call is over a limit it is not recorded, so whatever is stored kept to all of them. */
export function limitsCheck(
  limits: readonly CallLimit[],
  approval: Pick<NonNullable<DecidedCall["approval"]>, "openMax" | "openForEachMax"> | null,
): PolicyCheck {
  const open = [
    { name: "tenant.pendingApprovals", limit: approval?.openMax ?? null },
    { name: "reviewer.pendingApprovals", limit: approval?.openForEachMax ?? null },
  ].filter(({ limit }) => limit !== null)
  const named = [...limits, ...open].map(({ name, limit }) => `${name} ${limit}`)
  if (named.length > 0) return { ...held("limits"), message: `${named.join(", ")}.` }
  return { ...held("limits"), result: "not_applicable", message: "No limit is about this call." }
}

export function failedCheck(check: string, message: string): PolicyCheck {
  return { check, rule: null, result: "fail", message }
}

function held(check: string): PolicyCheck {
  return { check, rule: null, result: "pass", message: "" }
}

const unasked: PolicyCheck = {
  check: "policy",
  rule: null,
  result: "not_applicable",
  message: "It is not asked about a call that is refused before.",
}

const uncounted: PolicyCheck = {
  check: "limits",
  rule: null,
  result: "not_applicable",
  message: "A call that is refused counts for none.",
}

/** Names in an input may hold U+0000, which what is stored and read by people cannot. */
function storable(check: PolicyCheck): PolicyCheck {
  return { ...check, message: printable(check.message) }
}
