import { canonicalize, sha256Hex, type JsonValue } from "@deltaseal/guard/change"
import type { PreparedChange } from "@/lib/changes/changes.service"
import { databaseTime, runtime } from "@/lib/env/runtime"
import { AppError, type Reason } from "@/lib/errors/app-error"
import { changeFacts } from "@/lib/policies/change-facts"
import type { CompiledPolicy } from "@/lib/policies/compile-policy"
import { evaluate } from "@/lib/policies/evaluate"
import { policyInForce } from "@/lib/policies/policies.service"
import type { PolicyAnswer, PolicyCheck } from "@/lib/policies/policy-answer"
import type { PolicyFacts } from "@/lib/policies/policy-facts"
import { lowerLimits } from "@/lib/runs/run-limits"
import type { Tier } from "@/lib/tools/tool"
import { limitsCheck } from "./answered-checks"
import { callLimits } from "./call-limits"
import type { OpenContext } from "./call-contexts.service"
import type { CallFactsRow, DecidedCall, StoredRuling } from "./calls.repo"
import type { Content } from "./stored-change"

/** What the policy said of one call; `facts` are the JCS of all that it looked at. */
export type Ruling = Readonly<{ answer: PolicyAnswer; facts: Content | null }>

type RuledCall = Readonly<{
  context: OpenContext
  call: CallFactsRow
  tier: Tier
  input: JsonValue
  change: PreparedChange | null
  isDryRun: boolean
  /** Grants that were found to have no uses left. */
  spentGrants: readonly string[]
}>

/** The policy that a call is put before; null when it cannot be had, and then the call is refused. */
export async function policyFor({ principal, tenant }: OpenContext): Promise<CompiledPolicy | null> {
  try {
    return await policyInForce(principal.tenantId, tenant.policyVersion)
  } catch (error) {
    if (error instanceof AppError && error.code === "unavailable") throw error
    runtime().logger.error({ err: error, tenantId: principal.tenantId }, "the policy in force cannot be had")
    return null
  }
}

/** Puts one call before the policy. Whatever goes wrong is a deny. */
export function ruleOn(policy: CompiledPolicy | null, call: RuledCall): Ruling {
  if (policy === null) return { answer: unavailable, facts: null }
  try {
    const facts = factsOf(call)
    const bytes = Buffer.from(canonicalize(facts as unknown as JsonValue), "utf8")

    return { answer: evaluate(policy, facts), facts: { digest: sha256Hex(bytes), bytes } }
  } catch (error) {
    runtime().logger.error({ err: error }, "a call could not be put before the policy")
    return { answer: unavailable, facts: null }
  }
}

type Recorded = Readonly<{
  call: CallFactsRow
  change: PreparedChange | null
  outcome: Pick<DecidedCall, "decision" | "approval">
  /** All but that of the limits, which are added up here. */
  checks: readonly PolicyCheck[]
}>

/** A ruling as it is stored with the call; null where the call was refused before the policy was asked. */
export function storedRuling(
  ruling: Ruling | null,
  { run }: OpenContext,
  { call, change, outcome, checks }: Recorded,
): StoredRuling {
  const { answer, facts } = ruling ?? { answer: unasked, facts: null }
  const limits = { ...answer.limits, run: lowerLimits(answer.limits.run ?? {}, run.limits ?? {}) }
  const limited = {
    ...call,
    isWrite: call.tier !== null && call.tier !== "T0_READ",
    messages: (change?.parts ?? []).filter(({ kind }) => kind === "message").length,
    grant: answer.grant,
  }
  const held = callLimits(limited, limits)
  const counted = limitsCheck(held, outcome.approval)

  return {
    matchedRule: answer.rule,
    checks: JSON.stringify(outcome.decision === "deny" ? checks : [...checks, counted]),
    factsDigest: facts?.digest ?? null,
    isDryRun: answer.isDryRun,
    egress: answer.egress,
    taints: answer.taints,
    isTainted: run.isTainted,
    limits: held,
  }
}

/** Of a call that was refused before the policy was asked. */
const unasked: PolicyAnswer = {
  effect: "deny",
  rule: null,
  checks: [],
  reasons: [],
  approval: null,
  isDryRun: false,
  taints: false,
  egress: [],
  limits: {},
  grant: null,
  exemption: null,
}

const unavailableReason: Reason = {
  code: "policy_unavailable",
  message: "The policy cannot be read, so every call is refused.",
}

const unavailable: PolicyAnswer = {
  ...unasked,
  checks: [{ check: "policy", rule: null, result: "error", message: unavailableReason.message }],
  reasons: [unavailableReason],
}

function factsOf({ context, call, tier, input, change, isDryRun, spentGrants }: RuledCall): PolicyFacts {
  const { principal, tenant, run } = context
  const { runId, environment, workflow, step, agent, model, operatorId, openedAt } = run

  return {
    input,
    change: change === null ? null : changeFacts(change, input),
    run: {
      ...{ runId, environment, workflow, step, agent, model, operatorId, openedAt },
      tainted: run.isTainted,
    },
    tool: { server: call.server, name: call.name, version: call.version, tier },
    tenant: { tenantId: principal.tenantId, name: tenant.name },
    isDryRun,
    ...(spentGrants.length === 0 ? {} : { spentGrants }),
    now: databaseTime(),
  }
}
