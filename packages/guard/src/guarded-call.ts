import type { Run } from "./answers.ts"
import type { Effects } from "./approved-change.ts"
import type { JsonValue } from "./canonical.ts"
import { complete } from "./complete.ts"
import { decide, type DecideDependencies } from "./decide.ts"
import type { ToolIdentity } from "./envelope.ts"
import { askedFor, explainFault } from "./explain.ts"
import type { GuardedKind } from "./guarded-kinds.ts"
import { propose, type Plan, type Proposal } from "./proposal.ts"
import { assertMayConfine } from "./sandbox.ts"
import type { Session } from "./session.ts"
import { refusedResult, type ToolContext, type ToolResult } from "./tool-result.ts"

export type CallDependencies = DecideDependencies & Readonly<{ session: Session }>

/** A call of a guarded tool, with what the tool brings. */
export type GuardedCall = Readonly<{
  tool: ToolIdentity
  input: unknown
  plan: () => Promise<Plan<GuardedKind>> | Plan<GuardedKind>
  effects: Effects
  context: ToolContext | undefined
}>

/**
 * One call of a guarded tool: plan, ask, wait, look again, spend, apply, report.
 *
 * Whatever happens becomes a result that the model can read and act on.
 */
export async function callGuarded(dependencies: CallDependencies, call: GuardedCall): Promise<ToolResult> {
  let asked = `${call.tool.name} was called.`
  try {
    const run = await dependencies.session.run()
    const subject = subjectOf(run, call.tool)
    assertMayConfine(subject.tier, call.effects.sandbox)
    const plan = await call.plan()
    const parts = await complete(plan.parts, call.tool, call.effects.observe)
    const dryRun = plan.dryRun === true
    // The cast promises nothing: what is not JSON is refused when it is hashed.
    const input = call.input as JsonValue
    const proposal = propose({ ...subject, input, dryRun }, parts, call.effects.configDigest)
    asked = askedFor(proposal)
    return await decide(dependencies, {
      proposal,
      reason: plan.reason,
      effects: call.effects,
      context: call.context,
    })
  } catch (error) {
    return refusedResult(explainFault(asked, error), { status: statusOf(error) })
  }
}

/** Whose call it is, and what tier the run lists its tool with. */
export function subjectOf(
  run: Run,
  tool: ToolIdentity,
): Pick<Proposal, "tenantId" | "runId" | "tool" | "tier"> {
  const listed = run.allowedTools.find((known) => known.server === tool.server && known.name === tool.name)
  return { tenantId: run.tenantId, runId: run.runId, tool, tier: listed?.tier ?? null }
}

/** The refusal's own code, for programs that read results. */
export function statusOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  return typeof code === "string" ? code : "tool_failed"
}
