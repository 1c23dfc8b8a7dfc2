import { randomBytes } from "node:crypto"
import { canonicalize } from "@deltaseal/guard/change"
import { callFacts } from "@/lib/approvals/ruling-again.service"
import { answeredChecks } from "@/lib/calls/answered-checks"
import { contextNow, type OpenContext } from "@/lib/calls/call-contexts.service"
import type { CallRequest } from "@/lib/calls/call-request"
import type { DecidedCall } from "@/lib/calls/calls.repo"
import { judge } from "@/lib/calls/judging.service"
import { outcomeOfHeld, storable } from "@/lib/calls/recording.service"
import { observedOf, withoutVersion } from "@/lib/changes/observed"
import { storedPart } from "@/lib/changes/stored-part"
import type { SealedContent } from "@/lib/changes/content-seal"
import { inTenant } from "@/lib/db/tenant-db"
import { databaseTime, runtime } from "@/lib/env/runtime"
import type { KeyCredential } from "@/lib/keys/credential"
import { canarySourceOf } from "./canary-source"
import type { CanarySource, Deviation } from "./deviation"
import { readContents, type Source } from "./sources.repo"

/** What a canary is made of: what people approved, and how its agent's key may ask now. */
export type Material = Readonly<{
  source: Source
  approved: CanarySource
  credential: KeyCredential
  context: OpenContext
}>

/**
 * Everything about one approval that a canary can be made of; null where its
 * target holds something else by now, or where too much of it would have to be read.
 *
 * @throws AppError `unauthenticated`, `scope_missing` when its key may not ask any more
 */
export async function materialOf(tenantId: string, source: Source): Promise<Material | null> {
  const facts = await callFacts(tenantId, source.callId)
  if (facts === null) return null
  const read = await inTenant(tenantId, (db) => readContents(db, source.part))
  const approved = canarySourceOf({
    input: facts.input,
    part: storedPart(source.part, read),
    stands: standingOf(source),
  })
  if (approved === null) return null

  const { publicId, secretMac: mac, addresses, runId, server, name } = source
  const credential = { publicId, mac, address: addresses[0] ?? null }
  const context = await contextNow(credential, { runId, server, name })
  return { source, approved, credential, context }
}

/** What the target holds: what was there before the change, or after it; null where it is neither. */
function standingOf({ part: { kind, before, after }, standing }: Source): CanarySource["stands"] | null {
  // Of what was sent nothing stays, and of what nobody reported nothing is known to have happened.
  if (kind === "message" || standing === null) return "before"
  const [now, earlier, later] = [standing, observedOf(before), observedOf(after)].map((state) =>
    canonicalize({ ...withoutVersion(state) }),
  )
  if (now === later) return "after"
  return now === earlier ? "before" : null
}

/** A call that people are to decide on, as any call is stored. */
export type Asked = Readonly<{
  rulesVersion: number
  call: DecidedCall
  envelope: Uint8Array | null
  contents: readonly SealedContent[]
}>

type Ids = Readonly<{ runId: string; callId: string; approvalId: string }>

/**
 * Asks for a deviation as the agent of the source would in a run of its own, by
 * the rules in force. Nothing is recorded yet.
 *
 * @returns null where the policy does not put exactly this to people
 * @throws AppError with the code of whatever is wrong with the change
 */
export async function askAs(
  { source, credential, context }: Material,
  { input, part }: Deviation,
  ids: Ids,
): Promise<Asked | null> {
  const { server, name, version, agentReason } = source
  const body: CallRequest["body"] = {
    runId: ids.runId,
    tool: { server, name, version },
    input,
    change: { parts: [part] },
    ...(agentReason === null ? {} : { reason: agentReason }),
  }
  const request = {
    credential,
    body,
    bodyBytes: sizeOf(body),
    idempotency: once(),
    signal: runtime().stopping,
  }
  const judged = await judge(request, { context: inRun(context, ids.runId), isFresh: true })
  if (judged.verdict !== "ask") return null

  const { attempt, needed, change, after } = judged
  const outcome = outcomeOfHeld(attempt, needed)
  const named = { ...outcome, approval: { ...outcome.approval, approvalId: ids.approvalId } }
  const { stored, envelope, contents } = storable(attempt, named, {
    change,
    checks: answeredChecks(attempt, after),
  })
  if (stored.isDryRun || stored.taints) return null

  return { rulesVersion: context.tenant.rulesVersion, call: outsideLimits(stored, ids), envelope, contents }
}

/** The context of a run that is about to be opened as that of the source was. */
function inRun(context: OpenContext, runId: string): OpenContext {
  return {
    ...context,
    run: { ...context.run, runId, status: "open", openedAt: databaseTime(), isTainted: false },
  }
}

/** It takes no place and no share of what the tenant may use; only its own run counts it. */
function outsideLimits(call: DecidedCall, { callId, approvalId }: Ids): DecidedCall {
  const approval =
    call.approval === null ? null : { ...call.approval, approvalId, openMax: null, openForEachMax: null }
  return { ...call, callId, approval, limits: call.limits.filter(({ runId }) => runId !== null) }
}

/** Some tiers ask for a key by which a call can be repeated. Nobody repeats this one. */
function once(): NonNullable<CallRequest["idempotency"]> {
  return { keyMac: randomBytes(32), bodyMac: randomBytes(32) }
}

function sizeOf(body: CallRequest["body"]): number {
  return Buffer.byteLength(JSON.stringify(body))
}
