import type { PersonActor } from "@/lib/access/actor"
import { recordPersonRefusal } from "@/lib/audit/refusals.service"
import { AppError, type ErrorCode } from "@/lib/errors/app-error"
import { errorCodes } from "@/lib/errors/codes"
import { notifyChange } from "@/lib/notifications/notifier"
import type { JointVote, JointVotesBody, JointVotesView } from "./joint-vote.schema"
import { castShownVote, castTogether, type VoteResult } from "./joint-votes.repo"

/**
 * Casts one person's votes on several changes, each bound to its own hash and
 * each in its own tenant's log. Approving takes that all of the change was on
 * this person's screen.
 *
 * @throws AppError where all or none were to count and one does not: `batch_refused`, or the code that all are refused
 * with; `reasons` has each that is
 */
export async function voteTogether(
  person: PersonActor,
  { mode, votes }: JointVotesBody,
): Promise<JointVotesView> {
  const results = mode === "each" ? await castEach(person, votes) : await castAll(person, votes)

  return { votes: votes.map(({ approvalId }) => viewOf(approvalId, results.get(approvalId))) }
}

type Results = ReadonlyMap<string, VoteResult>

/** One transaction each: what one of them comes to is nothing to the others. */
async function castEach(person: PersonActor, votes: readonly JointVote[]): Promise<Results> {
  const results = new Map<string, VoteResult>()
  for (const vote of votes) {
    const result = await castShownVote(person.sessionId, vote).catch(asResult(vote))
    if (result === null) throw new AppError("internal")
    announce(result)
    await recordRefused(person, result)
    results.set(vote.approvalId, result)
  }

  return results
}

/** What came of a vote that the database could not cast, once others may have been: the rest is told all the same. */
function asResult({ approvalId }: JointVote): (error: unknown) => VoteResult {
  return (error) => {
    if (error instanceof AppError) return { approvalId, code: error.code }
    throw error
  }
}

async function castAll(person: PersonActor, votes: readonly JointVote[]): Promise<Results> {
  const answer = await castTogether(person.sessionId, votes)
  if (answer === null) throw new AppError("internal")
  const { code, results = [] } = answer
  if (code === null) {
    for (const result of results) announce(result)
    return new Map(results.map((result) => [result.approvalId, result]))
  }

  for (const result of results) await recordRefused(person, result)
  throw refusalOf(code, votes, new Map(results.map((result) => [result.approvalId, result.code])))
}

/** What stands in the way of all of them speaks for itself. */
function refusalOf(
  code: ErrorCode,
  votes: readonly JointVote[],
  refused: ReadonlyMap<string, ErrorCode | null>,
): AppError {
  const reasons = votes.flatMap(({ approvalId }, at) => {
    const because = refused.get(approvalId) ?? null
    return because === null ? [] : [{ code: because, message: titleOf(because), path: `/votes/${at}` }]
  })
  const [first] = refused.values()
  const isSame = first !== undefined && first !== null && [...refused.values()].every((one) => one === first)

  return new AppError(isSame ? first : code, undefined, { reasons, isRecorded: true })
}

function viewOf(approvalId: string, result: VoteResult | undefined): JointVotesView["votes"][number] {
  if (result === undefined) throw new AppError("internal")
  const { code, status = null } = result

  return code === null
    ? { approvalId, code, title: null, status }
    : { approvalId, code, title: titleOf(code), status: null }
}

function titleOf(code: ErrorCode): string {
  return errorCodes[code].title
}

/** A 403 or 422 of its own would have a leaf, so that of one among several has one too (SPEC 5.1). */
async function recordRefused(person: PersonActor, { approvalId, code }: VoteResult): Promise<void> {
  const status = code === null ? null : errorCodes[code].status
  if (code === null || (status !== 403 && status !== 422)) return

  const refusal = { code, reasons: [], action: "POST /approvals/votes" }
  await recordPersonRefusal(person, { ...refusal, approvalId, runId: null, tenantId: null })
}

function announce({ code, tenantId, runId, moved, approvalId }: VoteResult): void {
  if (tenantId === undefined || (code !== null && moved !== true)) return

  notifyChange({ tenantId, approvalId, runId: runId ?? "" })
}
