import type { Actor, PersonActor } from "@/lib/access/actor"
import type { AuditEvent, PlainFields } from "@/lib/audit/audit-event"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { command, partyOf } from "@/lib/operations/command"
import { jointCommand, type Joint, type JointDone } from "@/lib/operations/joint-command"
import { newId } from "@/lib/operations/new-id"
import { cancelUnder, throwStop } from "@/lib/stops/stops.service"
import { printKey } from "./api-key"
import { macOf, newPrintedKey } from "./credential"
import type { KeyChangesBody, KeyView, MadeKey, NewKeyBody, RotationBody } from "./key.schema"
import { insertKey, type NewKey } from "./keys.repo"
import { keyView } from "./keys.queries"
import {
  changeKey,
  countLive,
  endAfter,
  isMemberHere,
  lockKey,
  looseRanges,
  revokeKey,
  type ManagedKey,
} from "./managing.repo"

/** Of one line of keys: the one in use and the one that takes over. */
const liveMax = 2

/**
 * Makes a key. The answer holds the only copy of its secret there will ever be.
 *
 * @throws AppError `unknown_owner`, `invalid_request` when an address range is loose
 */
export async function createKey(actor: PersonActor, tenantId: string, body: NewKeyBody): Promise<MadeKey> {
  return shown(actor, tenantId, await addKey(actor, tenantId, body))
}

const addKey = command("key:manage", async ({ actor, db, now }, body: NewKeyBody) => {
  await assertTight(db, body.addresses)
  const made = newKey(actor, now, { ...body, ownerId: body.ownerId ?? partyOf(actor).id })
  await assertOwner(db, made.row.ownerId)
  await insertKey(db, made.row)

  return { value: made, events: [eventOf("key.created", made.row)] }
})

/**
 * Makes the successor of a key: the same settings, another secret. The old key
 * goes on for the overlap, so that what uses it can be changed over.
 *
 * @throws AppError `not_found`, `key_ended`, `rotation_under_way`, `unknown_owner` when the owner has left
 */
export async function rotateKey(
  actor: PersonActor,
  tenantId: string,
  input: RotationBody & Readonly<{ keyId: string }>,
): Promise<MadeKey> {
  return shown(actor, tenantId, await addSuccessor(actor, tenantId, input))
}

const addSuccessor = command(
  "key:manage",
  async ({ actor, db, now }, input: RotationBody & Readonly<{ keyId: string }>) => {
    const old = await findLiveKey(db, input.keyId)
    if ((await countLive(db, old.familyId)) >= liveMax) throw new AppError("rotation_under_way")
    await assertOwner(db, old.ownerId)

    const { expiresInDays, overlapHours } = input
    const made = newKey(actor, now, { ...old, expiresInDays })
    const rotation = { familyId: old.familyId, rotatedFromId: old.keyId }
    await insertKey(db, { ...made.row, rotation })
    await endAfter(db, old.keyId, overlapHours)

    return { value: made, events: [eventOf("key.rotated", made.row, { ...rotation, overlapHours })] }
  },
)

/** @throws AppError `not_found`, `key_ended`, `invalid_request` when an address range is loose */
export async function changeKeySettings(
  actor: PersonActor,
  tenantId: string,
  input: KeyChangesBody & Readonly<{ keyId: string }>,
): Promise<KeyView> {
  await saveKeyChanges(actor, tenantId, input)

  return keyView(actor, tenantId, input.keyId)
}

const saveKeyChanges = command(
  "key:manage",
  async ({ db }, { keyId, ...changes }: KeyChangesBody & Readonly<{ keyId: string }>) => {
    const key = await findLiveKey(db, keyId)
    const { name = key.name, addresses = key.addresses } = changes
    await assertTight(db, addresses)
    await changeKey(db, keyId, { name, addresses })

    return {
      value: null,
      events: [
        { type: "key.changed", subject: { kind: "key", id: keyId }, secret: secretOf({ name, addresses }) },
      ],
    }
  },
)

/**
 * Ends a key at once, and then cancels what it asked for and nobody has spent.
 * What waits with it is refused within a second.
 *
 * @throws AppError `not_found`, `key_ended` when it was revoked before
 */
export async function endKey(actor: PersonActor, tenantId: string, keyId: string): Promise<KeyView> {
  await endNow(actor, tenantId, { keyId, reason: null })
  await cancelOf(actor, tenantId, keyId)

  return keyView(actor, tenantId, keyId)
}

const endNow = command("key:manage", async ({ actor, db }, ending: Ending) => {
  const { events } = await end(actor, db, ending)
  const [first, ...rest] = events
  if (first === undefined) throw new AppError("key_ended", "The key was revoked before.")

  return { value: null, events: [first, ...rest] }
})

/**
 * The same of several keys for a kill switch, which has a reason: all of them
 * or none.
 *
 * @returns of each, how many approvals were cancelled; null where it was revoked before
 */
export async function stopKeys(
  actor: PersonActor,
  keys: readonly Joint<Ending>[],
): Promise<readonly (number | null)[]> {
  const ended = await endAll(actor, keys)
  const cancelled: (number | null)[] = []
  for (const [index, { tenantId, input }] of keys.entries()) {
    cancelled.push(ended[index] === true ? await cancelOf(actor, tenantId, input.keyId) : null)
  }

  return cancelled
}

type Ending = Readonly<{ keyId: string; reason: string | null }>

const endAll = jointCommand("key:manage", ({ actor, db }, ending: Ending) => end(actor, db, ending))

/** Whether it was live until now. */
async function end(actor: Actor, db: TenantDb, { keyId, reason }: Ending): Promise<JointDone<boolean>> {
  const key = await lockKey(db, keyId)
  if (key === null) throw new AppError("not_found")
  if (key.isRevoked) return { value: false, events: [] }
  await revokeKey(db, keyId)
  await throwStop(db, {
    ...{ scope: "key", subject: keyId, held: [], reason: reason ?? "", byAgency: false },
    thrownById: partyOf(actor).id,
  })

  const subject = { kind: "key", id: keyId } as const
  return { value: true, events: [{ type: "key.revoked", subject, secret: { reason } }] }
}

function cancelOf(actor: PersonActor, tenantId: string, keyId: string): Promise<number> {
  return cancelUnder(tenantId, { scope: "key", subject: keyId }, partyOf(actor))
}

type Made = Readonly<{ row: NewKey & Readonly<{ addresses: readonly string[] }>; apiKey: string }>

function newKey(
  actor: Actor,
  now: Date,
  settings: Pick<ManagedKey, "name" | "mode" | "environments" | "scopes" | "addresses" | "ownerId"> &
    Readonly<{ expiresInDays: number }>,
): Made {
  const printed = newPrintedKey(settings.mode)

  return {
    apiKey: printKey(printed),
    row: {
      keyId: newId("key"),
      publicId: printed.publicId,
      name: settings.name,
      mode: settings.mode,
      secretMac: macOf(printed),
      environments: settings.environments,
      scopes: settings.scopes,
      addresses: settings.addresses,
      ownerId: settings.ownerId,
      createdById: partyOf(actor).id,
      expiresAt: new Date(now.getTime() + settings.expiresInDays * 24 * 60 * 60 * 1000),
    },
  }
}

async function shown(actor: PersonActor, tenantId: string, { row, apiKey }: Made): Promise<MadeKey> {
  return { key: await keyView(actor, tenantId, row.keyId), apiKey }
}

async function findLiveKey(db: TenantDb, keyId: string): Promise<ManagedKey> {
  const key = await lockKey(db, keyId)
  if (key === null) throw new AppError("not_found")
  if (!key.isLive) throw new AppError("key_ended")

  return key
}

async function assertOwner(db: TenantDb, ownerId: string): Promise<void> {
  if (await isMemberHere(db, ownerId)) return

  throw new AppError("unknown_owner", undefined, {
    reasons: [{ code: "unknown_owner", message: "Choose a member of this client.", path: "/ownerId" }],
  })
}

/** 203.0.113.7/24 may mean one address or a whole network: whoever wrote it has to say which. */
async function assertTight(db: TenantDb, addresses: readonly string[]): Promise<void> {
  const loose = await looseRanges(db, addresses)
  if (loose.length === 0) return

  throw new AppError("invalid_request", undefined, {
    reasons: loose.map((index) => ({
      code: "custom",
      message: `${addresses[index] ?? ""} has bits set beyond its length: write the network's first address, or one address alone.`,
      path: `/addresses/${index}`,
    })),
  })
}

/** Names and addresses are committed to; what is of a closed list stands in the clear. */
function eventOf(type: "key.created" | "key.rotated", row: Made["row"], more: PlainFields = {}): AuditEvent {
  return {
    type,
    subject: { kind: "key", id: row.keyId },
    plain: {
      ownerId: row.ownerId,
      mode: row.mode,
      environments: row.environments.join(" "),
      scopes: row.scopes.join(" "),
      expiresAt: row.expiresAt.getTime(),
      ...more,
    },
    secret: secretOf(row),
  }
}

function secretOf({ name, addresses }: Readonly<{ name: string; addresses: readonly string[] }>) {
  return { name, addresses: addresses.length === 0 ? null : addresses.join(" ") }
}
