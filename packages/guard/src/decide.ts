import type { Approval } from "./answers.ts"
import type { Effects } from "./approved-change.ts"
import { carryOutAllowed, carryOutApproved } from "./carry-out.ts"
import type { ToolCallRequest } from "./client.ts"
import { askedFor, explainEnd } from "./explain.ts"
import { GuardError } from "./guard-error.ts"
import { isFinal } from "./outcome.ts"
import { withProgress } from "./progress.ts"
import { sealed, type Proposal } from "./proposal.ts"
import type { SpendDependencies } from "./spend.ts"
import { refusedResult, type ToolContext, type ToolResult } from "./tool-result.ts"

export type DecideDependencies = SpendDependencies &
  Readonly<{
    /** How long to wait for people at most; an approval may expire before. */
    waitSeconds: number
    warn: (message: string) => void
  }>

/** A change about to be put to the server, and what the tool brings to carry it out. */
export type Asked = Readonly<{
  proposal: Proposal
  reason: string | undefined
  effects: Effects
  context: ToolContext | undefined
}>

/** Asks the server, waits for people where it says so, and carries out what was decided. */
export async function decide(dependencies: DecideDependencies, asked: Asked): Promise<ToolResult> {
  const { proposal, effects } = asked
  await dependencies.permits.ready()
  const answer = await dependencies.client.requestToolCall(requestOf(asked), asked.context?.mcpReq?.signal)
  if (answer.decision === "allow")
    return await carryOutAllowed(dependencies, sealed(proposal, effects.configDigest), answer, effects)

  const { approvalId } = answer.approval
  try {
    assertSameChange(proposal, answer.approval)
    const decided = await waitFor(dependencies, asked, answer.approval)
    if (decided.status !== "approved") {
      return refusedResult(explainEnd(proposal, decided), {
        status: decided.status,
        ...idsOf(proposal, approvalId),
      })
    }
    const final = sealed(proposal, effects.configDigest)
    assertSameChange(final, decided)
    return await carryOutApproved(dependencies, final, approvalId, effects)
  } catch (error) {
    // Nobody should go on reading a change that will not happen.
    await withdraw(dependencies, approvalId)
    throw error
  }
}

function requestOf({ proposal, reason }: Asked): ToolCallRequest {
  const { server, name, version } = proposal.tool
  return {
    runId: proposal.runId,
    tool: { server, name, version },
    input: proposal.input,
    parts: proposal.parts,
    ...(reason === undefined ? {} : { reason }),
    ...(proposal.dryRun ? { dryRun: true } : {}),
  }
}

function idsOf(proposal: Proposal, approvalId: string) {
  return { approvalId, changeHash: proposal.changeHash }
}

/** What people read must be what this guard would write, to the byte. */
function assertSameChange(proposal: Proposal, approval: Approval): void {
  const isSame = approval.changeHash === proposal.changeHash && approval.runId === proposal.runId
  if (isSame && approval.tenantId === proposal.tenantId) return
  throw new GuardError("hash_mismatch", "What people were shown is not the change that would be made.")
}

async function waitFor(
  dependencies: DecideDependencies,
  asked: Asked,
  approval: Approval,
): Promise<Approval> {
  if (approval.status !== "pending") return approval
  const { mcpReq } = asked.context ?? {}
  const message = `Waiting for a person to decide: ${askedFor(asked.proposal)} Review: ${approval.reviewUrl}`
  const deadline = new Date(Date.now() + dependencies.waitSeconds * 1000)
  const options = mcpReq?.signal === undefined ? { deadline } : { deadline, signal: mcpReq.signal }
  return await withProgress(asked.context, message, () =>
    dependencies.client.waitForDecision(approval.approvalId, options),
  )
}

async function withdraw(dependencies: DecideDependencies, approvalId: string): Promise<void> {
  try {
    await dependencies.client.cancel(approvalId)
  } catch (error) {
    if (!isFinal(error)) dependencies.warn(`Approval ${approvalId} could not be withdrawn; it will expire.`)
  }
}
