import type { Approval } from "./answers.ts"
import type { Effects } from "./approved-change.ts"
import { carryOutAllowed, carryOutApproved } from "./carry-out.ts"
import type { ToolCallRequest } from "./client.ts"
import { askedFor, explainEnd } from "./explain.ts"
import { GuardError } from "./guard-error.ts"
import { explainIndivisible, partWordsOf, strayedWords } from "./explain-part.ts"
import { isFinal } from "./outcome.ts"
import { partOf, watchLeftOut, type Part } from "./part.ts"
import { withProgress } from "./progress.ts"
import { sealed, type Proposal } from "./proposal.ts"
import type { SpendDependencies } from "./spend.ts"
import { refusedResult, withWords, type ToolContext, type ToolResult } from "./tool-result.ts"

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

  return await carryOutDecided(dependencies, asked, answer.approval)
}

/** Waits for what people decide on an approval, and carries out all of it, some parts of it, or nothing. */
async function carryOutDecided(
  dependencies: DecideDependencies,
  asked: Asked,
  approval: Approval,
): Promise<ToolResult> {
  const { proposal, effects } = asked
  const { approvalId } = approval
  try {
    assertSameChange(proposal, approval)
    const decided = await waitFor(dependencies, asked, approval)
    const part = await approvedPart(dependencies, asked, decided)
    if (part !== null) return await carryOutPart(dependencies, asked, decided, part)
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

/** What people made of some parts of what was asked for; null where they did nothing of the kind. */
async function approvedPart(
  { client }: DecideDependencies,
  { context }: Asked,
  decided: Approval,
): Promise<Approval | null> {
  if (decided.status !== "denied" || decided.endedBecause !== "approved_in_part") return null
  const signal = context?.mcpReq?.signal
  return await client.findDerived(decided.approvalId, signal === undefined ? {} : { signal })
}

/** Carries out the parts that people approved, which are the guard's own parts, and says what of the others. */
async function carryOutPart(
  dependencies: DecideDependencies,
  asked: Asked,
  decided: Approval,
  approval: Approval,
): Promise<ToolResult> {
  const { proposal, effects } = asked
  let part: Part
  try {
    part = partOf(proposal, approval, effects.configDigest)
  } catch (error) {
    await withdraw(dependencies, approval.approvalId)
    throw error
  }
  const meta = { partsNotApproved: part.leftOut.map((index) => index + 1) }
  if (effects.partial === false) {
    await withdraw(dependencies, approval.approvalId)
    const ids = { status: "cancelled", approvalId: approval.approvalId, changeHash: approval.changeHash }
    return refusedResult(explainIndivisible(proposal, decided), { ...ids, ...meta })
  }

  const watched = watchLeftOut(proposal, part.leftOut, effects)
  const asPart = { ...asked, proposal: part.proposal, effects: watched.effects }
  const result = await carryOutDecided(dependencies, asPart, approval)
  const strayed = await watched.strayed()
  if (strayed.length === 0) return withWords(result, partWordsOf(proposal, part.leftOut, decided), meta)
  const words = strayedWords(proposal, strayed)
  dependencies.warn(words)
  return { ...withWords(result, words, meta), isError: true }
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
