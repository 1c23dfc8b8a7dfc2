import type { Actor } from "@/lib/access/actor"
import { inTenant } from "@/lib/db/tenant-db"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { isId } from "@/lib/kernel/id"
import type { CompiledPolicy } from "@/lib/policies/compile-policy"
import { policyInForce } from "@/lib/policies/policies.service"
import { retell, type RecordedCall } from "./recorded-call"
import { recordedCalls } from "./recorded-calls.repo"
import { placeOfCall, placeOfRun, type ReplayPlace } from "./replays.queries"
import type { ReplayList, ReplayView } from "./simulation.schema"

/** Under the version that decided a call, or under the one in force now. */
export type Under = "decided" | "inForce"

const pageSize = 50
/** Every call's id is between these: a ULID begins with a digit up to seven. */
const firstId = "call_"
const beyondIds = "call_8"

/**
 * Explains the decision on one call again, from what was recorded of it.
 * Nothing runs and nothing is written.
 *
 * @throws AppError `not_found`
 */
export async function replayOfCall(
  actor: Actor,
  { callId, under }: Readonly<{ callId: string; under: Under }>,
): Promise<ReplayView> {
  const place = await placeOfCall(actor, callId)
  const [replay] = await replayed(place, under, { callId, after: firstId, limit: 1 })
  if (replay === undefined) throw new AppError("not_found")

  return replay
}

/**
 * The same for the calls of a run, oldest first, a page at a time. The cursor
 * is the last call's id of the page before.
 *
 * @throws AppError `not_found`, `invalid_cursor`
 */
export async function replayOfRun(
  actor: Actor,
  { runId, under, cursor }: Readonly<{ runId: string; under: Under; cursor?: string | undefined }>,
): Promise<ReplayList> {
  if (cursor !== undefined && !isId("call", cursor)) throw new AppError("invalid_cursor")
  const place = await placeOfRun(actor, runId)
  const items = await replayed(place, under, { after: cursor ?? firstId, limit: pageSize })
  const last = items.at(-1)?.callId ?? null
  // Long calls make short pages, so that only an empty one is surely the last.
  const [more] = last === null ? [] : await callsIn(place, { after: last, limit: 1 })

  return { items, nextCursor: more === undefined ? null : last }
}

type Range = Readonly<{ callId?: string; after: string; limit: number }>

async function callsIn({ tenantId, runId }: ReplayPlace, range: Range): Promise<readonly RecordedCall[]> {
  return inTenant(tenantId, (db) => recordedCalls(db, { runId, until: beyondIds, ...range }))
}

async function replayed(place: ReplayPlace, under: Under, range: Range): Promise<ReplayView[]> {
  const replays: ReplayView[] = []
  for (const call of await callsIn(place, range)) {
    const version = under === "decided" ? call.policyVersion : place.policyVersion
    replays.push(toReplay(call, version, await policyOf(place.tenantId, version)))
  }

  return replays
}

/** Null when the version cannot be had. */
async function policyOf(tenantId: string, version: number): Promise<CompiledPolicy | null> {
  try {
    return await policyInForce(tenantId, version)
  } catch (error) {
    if (!(error instanceof AppError && error.code === "policy_unavailable")) throw error
    runtime().logger.warn({ err: error, tenantId, version }, "a decision could not be explained again")
    return null
  }
}

function toReplay(call: RecordedCall, policyVersion: number, policy: CompiledPolicy | null): ReplayView {
  const { callId, runId, approvalId, server, name, version, requestedAt, decision, rule, reasons } = call
  const common = {
    ...{ callId, runId, approvalId },
    tool: { server, name, version },
    requestedAt: requestedAt.toISOString(),
    was: { answer: decision, rule, policyVersion: call.policyVersion, reasons: [...reasons] },
  }
  const retold = policy === null ? { untold: "policy_unavailable" as const } : retell(policy, call)
  if (retold.untold !== null) return { ...common, now: null, isSame: null, untold: retold.untold }

  const { answer, checks } = retold
  return {
    ...common,
    now: { answer, rule: retold.rule, policyVersion, reasons: [...retold.reasons], checks: [...checks] },
    isSame: answer === decision && retold.rule === rule,
    untold: null,
  }
}
