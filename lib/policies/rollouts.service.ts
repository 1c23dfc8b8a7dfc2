import type { PersonActor } from "@/lib/access/actor"
import type { AuditEvent } from "@/lib/audit/audit-event"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { requireAdministratorNow } from "@/lib/members/members.service"
import { agencyCommand, type AgencyEvent } from "@/lib/operations/agency-command"
import { newId } from "@/lib/operations/new-id"
import { agencyOfPack } from "./packs.queries"
import { findPack, insertRollout, markRolledBack } from "./packs.repo"
import { versionOfRollout } from "./policies.repo"
import { endProposal, lockOpenOfRollout } from "./proposals.repo"
import { lockRules } from "./proposing.service"
import { putInForce } from "./publishing.service"
import { movedSince, neverTookEffect } from "./rollback-words"
import { readRollout } from "./rollout-view.queries"
import type { RollBackBody, RolloutBody, RolloutResult, TenantResult } from "./rollout.schema"
import { openDocument, requirePolicy } from "./stored-policy.service"

/**
 * Puts a pack in force in the clients named, or proposes it where it loosens,
 * by the very rules of publishing there. A client whose policy has moved since
 * it was looked at is left as it is, and the others go on.
 *
 * @throws AppError `not_found`, `forbidden`, `policy_unavailable` when the pack cannot be read
 */
export async function rollOut(actor: PersonActor, packId: string, body: RolloutBody): Promise<RolloutResult> {
  return saveRollout(actor, await agencyOfPack(actor, packId), { ...body, packId })
}

const saveRollout = agencyCommand(
  "policy:manage",
  async ({ actor, db }, input: RolloutBody & Readonly<{ packId: string }>) => {
    await requireAdministratorNow(db, actor, db.agencyId)
    const { packId, version, tenants, note } = input
    const pack = await findPack(db, packId, version)
    const own = new Set(db.tenantIds)
    if (pack === null || !tenants.every(({ tenantId }) => own.has(tenantId))) throw new AppError("not_found")

    const rolloutId = newId("rollout")
    const { text } = pack
    const document = openDocument(pack)
    const origin = { authorId: actor.personId, restores: null, rolloutId }
    await insertRollout(db, { rolloutId, packId, packVersion: version, startedById: actor.personId })
    const reached: Reached[] = []
    for (const { tenantId, basedOn } of tenants) {
      const bound = await db.enter(tenantId)
      reached.push(
        await attempt(bound, () => putInForce(bound, { document, text, basedOn, note, ...origin })),
      )
    }

    return {
      value: { rolloutId, items: reached.map(({ result }) => result) },
      events: leaves("pack.rolled_out", { packId, rolloutId, version }, reached),
    }
  },
)

/**
 * Puts back in each client, or in those named, what was in force before a
 * rollout, by the same rules, and takes back what of it still waits. A client
 * whose policy has moved since is left as it is. Doing it again reaches whom it
 * left before.
 *
 * @throws AppError `not_found` also when it never reached one of those named, `forbidden`, `no_change` when it
 * reached nobody
 */
export async function rollBack(
  actor: PersonActor,
  packId: string,
  { rolloutId, note, tenantIds: chosen }: RollBackBody & Readonly<{ rolloutId: string }>,
): Promise<RolloutResult> {
  const { agencyId, packVersion, items } = await readRollout(actor, packId, rolloutId)
  const reached = items.map(({ tenantId }) => tenantId)
  const tenantIds = chosen === undefined ? reached : reached.filter((tenantId) => chosen.includes(tenantId))
  if (chosen !== undefined && tenantIds.length < chosen.length) throw new AppError("not_found")

  return saveRollBack(actor, agencyId, { packId, rolloutId, version: packVersion, tenantIds, note })
}

type RollBack = Place & Readonly<{ tenantIds: readonly string[]; note: string }>

const saveRollBack = agencyCommand("policy:manage", async ({ actor, db }, input: RollBack) => {
  await requireAdministratorNow(db, actor, db.agencyId)
  const { rolloutId, tenantIds, note } = input
  await markRolledBack(db, rolloutId)
  const reached: Reached[] = []
  for (const tenantId of tenantIds) {
    const bound = await db.enter(tenantId)
    reached.push(await attempt(bound, () => undo(bound, { rolloutId, note, personId: actor.personId })))
  }

  return {
    value: { rolloutId, items: reached.map(({ result }) => result) },
    events: leaves("pack.rolled_back", input, reached),
  }
})

type Undo = Readonly<{ rolloutId: string; note: string; personId: string }>

/** What was done in a client; without an event it throws before it writes. */
type Effect = Readonly<{
  value: Pick<TenantResult, "result" | "version" | "proposalId">
  events: readonly AuditEvent[]
}>

async function undo(db: TenantDb, { rolloutId, note, personId }: Undo): Promise<Effect> {
  const inForce = await lockRules(db)
  const waiting = await lockOpenOfRollout(db, rolloutId)
  if (waiting !== null) return takeBack(db, waiting, { note, personId })

  const rolledOut = await versionOfRollout(db, rolloutId)
  if (rolledOut === null) throw new AppError("no_change", neverTookEffect)
  if (rolledOut.version !== inForce) {
    throw new AppError("conflict", movedSince(inForce))
  }
  const { document, text } = await requirePolicy(db, rolledOut.basedOn)
  const origin = { authorId: personId, restores: rolledOut.basedOn, rolloutId }

  return putInForce(db, { document, text, basedOn: inForce, note, ...origin })
}

/** One's own is withdrawn, somebody else's rejected, as by themselves. */
async function takeBack(
  db: TenantDb,
  { proposalId, proposedById, hash }: NonNullable<Awaited<ReturnType<typeof lockOpenOfRollout>>>,
  { note, personId }: Readonly<{ note: string; personId: string }>,
): Promise<Effect> {
  const isOwn = proposedById === personId
  const reason = isOwn ? null : note || "The rollout that it came with was rolled back."
  await endProposal(db, proposalId, {
    status: isOwn ? "withdrawn" : "rejected",
    decidedById: personId,
    reason,
  })

  const subject = { kind: "proposal", id: proposalId } as const
  const plain = { kind: "policy", proposedById }
  const event: AuditEvent = isOwn
    ? { type: "rule.withdrawn", subject, plain: { kind: "policy" } }
    : { type: "rule.rejected", subject, plain, secret: { hash, reason } }
  return { value: { result: "withdrawn", version: null, proposalId }, events: [event] }
}

type Reached = Readonly<{ result: TenantResult; events: readonly AuditEvent[] }>

/** Refusals that come before anything is written, and concern this client alone. */
const leavesOut: readonly string[] = ["conflict", "no_change", "proposal_open", "policy_unavailable"]

async function attempt(db: TenantDb, work: () => Promise<Effect>): Promise<Reached> {
  const { tenantId } = db
  try {
    const { value, events } = await work()
    return { result: { tenantId, ...value, code: null, message: null }, events }
  } catch (error) {
    if (!(error instanceof AppError) || !leavesOut.includes(error.code)) throw error

    const { code, message } = error
    return {
      result: { tenantId, result: "left", version: null, proposalId: null, code, message },
      events: [],
    }
  }
}

type Place = Readonly<{ packId: string; rolloutId: string; version: number }>

/** In each client's own log: what changed there, and which pack it came of. */
function leaves(
  type: "pack.rolled_out" | "pack.rolled_back",
  { packId, rolloutId, version }: Place,
  reached: readonly Reached[],
): [AgencyEvent, ...AgencyEvent[]] {
  const [first, ...rest] = reached.flatMap(
    ({ result: { tenantId, result, code }, events }): AgencyEvent[] => {
      const subject = { kind: "pack", id: packId } as const
      const event: AuditEvent = { type, subject, plain: { rolloutId, packVersion: version, result, code } }
      return [...events, event].map((own) => ({ in: tenantId, event: own }))
    },
  )
  if (first === undefined) throw new AppError("no_change", "This rollout reached no client.")

  return [first, ...rest]
}
