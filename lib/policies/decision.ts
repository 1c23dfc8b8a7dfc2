import type { Reason } from "@/lib/errors/app-error"
import { callChecks } from "./call-checks"
import type { PolicyCheck } from "./policy-answer"
import { tierDefaults, type Environment, type Tier } from "@/lib/tools/tool"

/** Everything the decision on one call looks at. No I/O, no clock: the same facts, the same answer. */
export type CallFacts = Readonly<{
  tenantId: string
  key: Readonly<{ environments: readonly string[]; scopes: readonly string[] }>
  run: Readonly<{
    environment: Environment
    status: "open" | "closed"
    requestedTools: readonly string[] | null
  }>
  call: Readonly<{
    server: string
    name: string
    version: string
    hasChange: boolean
    hasIdempotencyKey: boolean
  }>
  /** Every registered version of the tool. */
  registered: readonly RegisteredTool[]
  /** Whether the tenant's allowlist has the tool in the run's environment. */
  allowedInEnvironment: boolean
  /** What is wrong with the input, by the tool's schema; null when there is no schema to ask. */
  inputReasons: readonly Reason[] | null
  /** Every tenant id found inside the input, with where it stands. */
  tenantIds: readonly Readonly<{ path: string; value: string }>[]
}>

export type RegisteredTool = Readonly<{
  version: string
  definitionHash: string
  tier: Tier | null
  status: "active" | "suspended"
}>

/** What policy says of a call. `deny` carries every reason that could be computed, worst class first. */
export type CallDecision =
  | (Readonly<{
      decision: "deny"
      code: DenialCode
      reasons: readonly Reason[]
    }> &
      Checked)
  | (Readonly<{ decision: "allow"; tool: ActiveTool }> & Checked)
  | (Readonly<{
      decision: "pending"
      tool: ActiveTool
      required: readonly Readonly<{ group: string; count: number }>[]
    }> &
      Checked)

/** What a refused call is answered with: the first class of checks that failed. */
export type DenialCode = "policy_denied" | "invalid_input" | "idempotency_key_required"

/** Every check of a call that is made before a policy is asked, in the order of SPEC 3.1. */
type Checked = Readonly<{ checks: readonly PolicyCheck[] }>

export type ActiveTool = Readonly<{ definitionHash: string; tier: Tier }>

/**
 * Decides one call by default deny (SPEC 3.1): it passes only if every check
 * holds, and a check that cannot be made does not hold.
 */
export function decideCall(facts: CallFacts): CallDecision {
  const tool = facts.registered.find((candidate) => candidate.version === facts.call.version)
  const forbidden = [
    ...runReasons(facts),
    ...toolReasons(facts, tool),
    ...runToolReasons(facts),
    ...tenantReasons(facts),
  ]
  const wrong = [...(facts.inputReasons ?? []), ...changeReasons(facts, tool)]
  const invalid = [...wrong, ...idempotencyReasons(facts, tool)]
  const checks = checksOf([...forbidden, ...invalid], facts)

  if (forbidden.length > 0) return denied("policy_denied", [...forbidden, ...invalid], checks)
  if (invalid.length > 0) {
    return denied(wrong.length > 0 ? "invalid_input" : "idempotency_key_required", invalid, checks)
  }
  if (tool?.tier == null || facts.inputReasons === null) return denied("policy_denied", [unchecked], checks)

  const active = { definitionHash: tool.definitionHash, tier: tool.tier }
  const { approvers } = tierDefaults(tool.tier)
  if (approvers > 0) {
    const required = [{ group: "reviewers", count: approvers }]
    return { decision: "pending", tool: active, required, checks }
  }

  return { decision: "allow", tool: active, checks }
}

function denied(code: DenialCode, reasons: readonly Reason[], checks: readonly PolicyCheck[]): CallDecision {
  return { decision: "deny", code, reasons, checks }
}

function checksOf(
  reasons: readonly Reason[],
  { inputReasons, registered, call }: CallFacts,
): readonly PolicyCheck[] {
  return callChecks(reasons, {
    isRegistered: registered.length > 0,
    isVersionKnown: registered.some(({ version }) => version === call.version),
    isInputChecked: inputReasons !== null,
  })
}

const unchecked: Reason = {
  code: "not_checkable",
  message: "A check could not be made, so the call is refused.",
}

/** Whatever lets a call run at once, a key without this scope may not start it. */
export const executeMissing: Reason = {
  code: "scope_missing",
  message: "An allowed call runs at once, so the key needs the scope execute.",
}

function runReasons({ run, key }: CallFacts): Reason[] {
  const reasons: Reason[] = []
  if (run.status !== "open") {
    reasons.push({ code: "run_closed", message: "The run is closed. Open a new run to go on." })
  }
  if (!key.environments.includes(run.environment)) {
    reasons.push({
      code: "environment_not_allowed",
      message: `The key may not act in ${run.environment}.`,
    })
  }

  return reasons
}

function runToolReasons({ run, call }: CallFacts): Reason[] {
  if (run.requestedTools === null || run.requestedTools.includes(`${call.server}/${call.name}`)) return []

  return [
    {
      code: "tool_not_in_run",
      message: "The run did not ask for this tool when it was opened.",
      path: "/tool",
    },
  ]
}

function toolReasons(
  { call, run, registered, allowedInEnvironment }: CallFacts,
  tool?: RegisteredTool,
): Reason[] {
  if (registered.length === 0) {
    return [
      {
        code: "tool_not_registered",
        message: `The tool ${call.server}/${call.name} is not registered.`,
        path: "/tool",
      },
    ]
  }

  const reasons: Reason[] = []
  if (tool === undefined) {
    reasons.push({
      code: "tool_version_unknown",
      message: `Version ${call.version} is not registered.`,
      path: "/tool/version",
    })
  }
  if (tool?.status === "suspended") {
    reasons.push({
      code: "tool_suspended",
      message: "A person must accept the tool's definition first.",
      path: "/tool",
    })
  }
  if (tool !== undefined && tool.tier === null) {
    reasons.push({
      code: "tier_unassigned",
      message: "A person must assign the tool a tier first.",
      path: "/tool",
    })
  }
  if (!allowedInEnvironment) {
    reasons.push({
      code: "tool_not_allowed",
      message: `The tool is not allowed in ${run.environment}.`,
      path: "/tool",
    })
  }

  return reasons
}

/** How many foreign tenants one answer names: the rest is as wrong as these. */
const foreignTenantsMax = 20

function tenantReasons({ tenantIds, tenantId }: CallFacts): Reason[] {
  return tenantIds
    .filter(({ value }) => value !== tenantId)
    .slice(0, foreignTenantsMax)
    .map(({ path }) => ({
      code: "tenant_mismatch",
      message: "The input names a tenant that is not this run's.",
      path,
    }))
}

function changeReasons({ call }: CallFacts, tool?: RegisteredTool): Reason[] {
  if (tool?.tier == null || call.hasChange || !tierDefaults(tool.tier).changeRequired) return []

  return [
    {
      code: "change_required",
      message: `A tool of tier ${tool.tier} needs a change to review.`,
      path: "/change",
    },
  ]
}

/** SPEC 3.2: what cannot be undone must not be asked for twice because an answer was lost. */
function idempotencyReasons({ call }: CallFacts, tool?: RegisteredTool): Reason[] {
  if (tool?.tier == null || call.hasIdempotencyKey || !tierDefaults(tool.tier).idempotencyKeyRequired)
    return []

  return [
    {
      code: "idempotency_key_required",
      message: `A call of a tool of tier ${tool.tier} needs an Idempotency-Key.`,
    },
  ]
}
