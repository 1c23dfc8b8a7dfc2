import { z } from "zod"
import { IdText } from "@/lib/kernel/id.schema"
import { AnyJson, StringMembers } from "@/lib/kernel/json.schema"
import { environments, tierDefaults, tiers } from "@/lib/tools/tool"
import type { UsableTool } from "@/lib/tools/tools.repo"
import { parseStrictJson, type JsonValue } from "@deltaseal/guard/change"
import { isInRun, type Run } from "./run"

const Time = z.iso.datetime()
const Label = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cf}\p{Cs}]+$/u, "A name cannot hold control or format characters.")
const ToolName = z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/)

const Limit = z.int().min(1).max(1_000_000_000_000)

const RunLimitsBody = z.strictObject({
  toolCalls: Limit.optional(),
  writes: Limit.optional(),
  wallTimeSeconds: z.int().min(1).max(31_536_000).optional(),
  outputBytes: Limit.optional(),
  tokens: Limit.optional(),
  pendingApprovals: z.int().min(1).max(1_000_000).optional(),
})

export const OpenRunBody = z.strictObject({
  environment: z.enum(environments),
  workflow: Label,
  step: Label.optional(),
  tools: z
    .array(z.strictObject({ server: ToolName, name: ToolName }))
    .max(1_000)
    .optional(),
  actor: z.strictObject({ agent: Label, model: Label.optional() }),
  operator: IdText.optional(),
  /** They hold beside those of the policy. */
  limits: RunLimitsBody.optional(),
})
export type OpenRunBody = z.infer<typeof OpenRunBody>

const AllowedTool = z.strictObject({
  server: z.string(),
  name: z.string(),
  version: z.string(),
  tier: z.enum(tiers),
  requiresApproval: z.boolean(),
  inputSchema: AnyJson,
})

export const RunView = z.strictObject({
  runId: z.string(),
  tenantId: z.string(),
  status: z.enum(["open", "closed"]),
  environment: z.enum(environments),
  workflow: z.string(),
  step: z.string().nullable(),
  actor: z.strictObject({ agent: z.string(), model: z.string().nullable() }),
  operator: z.string(),
  openedAt: Time,
  closedAt: Time.nullable(),
  /** Only in the answer that opens the run: a token is shown once. */
  runToken: z.string().nullable(),
  runTokenExpiresAt: Time.nullable(),
  allowedTools: z.array(AllowedTool),
  limits: RunLimitsBody,
  taintedAt: Time.nullable(),
})
export type RunView = z.infer<typeof RunView>

export const RunTokenView = z.strictObject({
  runId: z.string(),
  runToken: z.string(),
  runTokenExpiresAt: Time,
})
export type RunTokenView = z.infer<typeof RunTokenView>

const Digested = z.strictObject({ sha256: z.string(), redacted: AnyJson })

/** One event of a run's timeline (SPEC 5.4). */
export const RunEvent = z.strictObject({
  eventId: z.string(),
  eventType: z.string(),
  runId: z.string(),
  tenantId: z.string(),
  tool: z.strictObject({ server: z.string(), name: z.string(), version: z.string() }).nullable(),
  callId: z.string().nullable(),
  executionId: z.string().nullable(),
  gates: z.strictObject({ requiresApproval: z.boolean(), approvalId: z.string().nullable() }),
  input: Digested.nullable(),
  output: Digested.nullable(),
  result: z.strictObject({
    status: z.string(),
    code: z.string().optional(),
    matchesApproved: z.boolean().optional(),
    reasons: z
      .array(z.strictObject({ code: z.string(), message: z.string(), path: z.string().optional() }))
      .optional(),
  }),
  /** Of a decision on a call: the rule that decided, and every check of the policy with its result. */
  matchedRule: z.string().nullable(),
  checks: z.array(
    z.strictObject({
      check: z.string(),
      rule: z.string().nullable(),
      result: z.enum(["pass", "fail", "error", "not_applicable"]),
      message: z.string(),
    }),
  ),
  by: z.strictObject({ kind: z.string(), id: z.string(), name: z.string().nullable() }),
  receipts: z.array(StringMembers),
  timestamp: Time,
})
export type RunEvent = z.infer<typeof RunEvent>

/** Which runs are asked for; whatever is left out does not matter. The cursor is the last id of the page before. */
export const RunListQuery = z.strictObject({
  tenantId: IdText.optional(),
  environment: z.enum(environments).optional(),
  status: z.enum(["open", "closed"]).optional(),
  cursor: IdText.optional(),
})

/** A run as lists show it: how many calls it made, how many were refused, and what waits for people now. */
const RunListed = z.strictObject({
  runId: z.string(),
  tenantId: z.string(),
  tenantName: z.string(),
  environment: z.enum(environments),
  workflow: z.string(),
  step: z.string().nullable(),
  status: z.enum(["open", "closed"]),
  agent: z.string(),
  openedAt: Time,
  closedAt: Time.nullable(),
  calls: z.int(),
  denied: z.int(),
  pending: z.int(),
})

export const RunListView = z.strictObject({ items: z.array(RunListed), nextCursor: z.string().nullable() })

export const RunEventList = z.strictObject({ items: z.array(RunEvent), nextCursor: z.string().nullable() })

/** A run with the tools it may use, which are those its tenant allows that it asked for. */
export function toRunView(run: Run, usable: readonly UsableTool[]): RunView {
  return {
    runId: run.runId,
    tenantId: run.tenantId,
    status: run.status,
    environment: run.environment,
    workflow: run.workflow,
    step: run.step,
    actor: { agent: run.actorAgent, model: run.actorModel },
    operator: run.operatorId,
    openedAt: run.openedAt.toISOString(),
    closedAt: run.closedAt?.toISOString() ?? null,
    runToken: null,
    runTokenExpiresAt: null,
    allowedTools: usable
      .filter((tool) => isInRun(run, tool))
      .map(({ server, name, version, tier, definition }) => ({
        server,
        name,
        version,
        tier,
        requiresApproval: tierDefaults(tier).approvers > 0,
        inputSchema: memberOf(parseStrictJson(definition), "inputSchema"),
      })),
    limits: { ...run.limits },
    taintedAt: run.taintedAt?.toISOString() ?? null,
  }
}

function memberOf(value: JsonValue, name: string): JsonValue {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value[name] ?? null) : null
}
