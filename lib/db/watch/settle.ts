import { randomBytes, randomUUID } from "node:crypto"
import { setTimeout as pause } from "node:timers/promises"
import type pg from "pg"
import type { Memories } from "./memory"
import { placeOf } from "./place"
import { signOfRestore, type Memory, type RestoreSign, type Standing } from "./standing"

/** An epoch that has to begin in every tenant before anything is served. */
export type NewEpoch = Readonly<{
  number: number
  because: RestoreSign
  /** The highest leaf that a memory knows of; null where none does. */
  leaves: number | null
}>

export type BeginEpoch = (client: pg.Client, epoch: NewEpoch) => Promise<void>

export type Settled = Readonly<{
  memory: Memory
  /** The epoch that began just now; null when the database is the one that was served last. */
  began: NewEpoch | null
  /** Whether nothing here could tell: the database was taken as it is. */
  isAdopted: boolean
}>

type Settling = Readonly<{
  memories: Memories
  /** What this process remembers by itself. */
  own: readonly Memory[]
  beginEpoch: BeginEpoch
}>

/** Any number that nobody else uses: of nodes that notice a restored database at once one begins the epoch. */
const epochLock = 4_712_006_521

/**
 * Makes sure of the database behind this connection, begins a new epoch if it
 * was restored or forked, and leaves a memory of its own in it and outside.
 */
export async function settle(client: pg.Client, settling: Settling): Promise<Settled> {
  await takeLock(client)
  try {
    return await settleLocked(client, settling)
  } finally {
    await client.query("SELECT pg_advisory_unlock($1)", [epochLock]).catch(() => undefined)
  }
}

async function settleLocked(client: pg.Client, settling: Settling): Promise<Settled> {
  const kept = await settling.memories.read()
  const standing = await readStanding(client, [...kept, ...settling.own])
  const isOurs = ({ lineageId }: Memory) => lineageId === standing.lineageId
  const ours = [...kept, ...settling.own].filter(isOurs)
  const sign = signOfRestore(
    standing,
    ours,
    kept.some((memory) => !isOurs(memory)),
  )

  const began = sign === null ? null : await startEpoch(client, standing, { ours, because: sign })
  if (sign === null) await writePlace(client, standing)
  await finishEpoch(client, ours, settling.beginEpoch)

  const memory = await newMemory(client, standing.lineageId)
  await settling.memories.keep(memory)
  await forgetOld(client, settling.memories, ours)
  return { memory, began, isAdopted: ours.length === 0 && standing.beats.size > 0 }
}

/** A node may be busy beginning the epoch for all: this one waits for as long as that takes. */
async function takeLock(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ is: boolean }>("SELECT pg_try_advisory_lock($1) AS is", [epochLock])
    if (rows[0]?.is === true) return
    await pause(50)
  }
}

type LineageRow = Readonly<{
  lineageId: string
  epoch: number
  settledEpoch: number
  systemIdentifier: string | null
  timeline: string | null
  because: RestoreSign | null
}>

const lineageQuery = `
  SELECT lineage_id AS "lineageId", epoch, settled_epoch AS "settledEpoch",
    system_identifier AS "systemIdentifier", timeline, began_because AS because
  FROM lineage`

async function readLineage(client: pg.Client): Promise<LineageRow> {
  await client.query("INSERT INTO lineage (lineage_id) VALUES ($1) ON CONFLICT DO NOTHING", [randomUUID()])
  const { rows } = await client.query<LineageRow>(lineageQuery)
  const [row] = rows
  if (row === undefined) throw new Error("The database does not say which history it has.")

  return row
}

async function readStanding(client: pg.Client, memories: readonly Memory[]): Promise<Standing> {
  const { lineageId, epoch, systemIdentifier, timeline } = await readLineage(client)
  const { rows: nodes } = await client.query<{ nodeId: string; beat: string; nonce: string }>(
    `SELECT node_id AS "nodeId", beat::text, nonce FROM node
     WHERE node_id = ANY ($1) OR node_id = (SELECT max(node_id) FROM node)`,
    [memories.map(({ nodeId }) => nodeId)],
  )
  const { rows } = await client.query<{ tenantId: string | null }>(
    `SELECT next_tenant_before_epoch('', 2147483647) AS "tenantId"`,
  )

  return {
    lineageId,
    epoch,
    recorded: { systemIdentifier, timeline },
    found: await placeOf(client),
    beats: new Map(nodes.map(({ nodeId, beat, nonce }) => [nodeId, { beat: Number(beat), nonce }])),
    isUnwatched: nodes.length === 0 && rows[0]?.tenantId != null,
  }
}

/** The number is one that no memory knows: leaves of lost epochs may have been seen by somebody. */
async function startEpoch(
  client: pg.Client,
  { epoch, found }: Standing,
  { ours, because }: Readonly<{ ours: readonly Memory[]; because: RestoreSign }>,
): Promise<NewEpoch> {
  const number = Math.max(epoch, ...ours.map((memory) => memory.epoch)) + 1
  await client.query(
    `UPDATE lineage SET epoch = $1, began_because = $2, began_at = clock_timestamp(),
       system_identifier = $3, timeline = $4`,
    [number, because, found.systemIdentifier, found.timeline],
  )
  return { number, because, leaves: leavesIn(ours) }
}

/** Once written down: what a server did not say before is no sign. */
async function writePlace(client: pg.Client, { recorded, found }: Standing): Promise<void> {
  const isKnown =
    (recorded.systemIdentifier ?? found.systemIdentifier) === recorded.systemIdentifier &&
    (recorded.timeline ?? found.timeline) === recorded.timeline
  if (isKnown) return

  await client.query(
    `UPDATE lineage SET system_identifier = coalesce(system_identifier, $1), timeline = coalesce(timeline, $2)`,
    [found.systemIdentifier, found.timeline],
  )
}

/** Also one that a node which died had begun. */
async function finishEpoch(client: pg.Client, ours: readonly Memory[], begin: BeginEpoch): Promise<void> {
  const { epoch, settledEpoch, because } = await readLineage(client)
  if (settledEpoch >= epoch) return

  await begin(client, { number: epoch, because: because ?? "behind", leaves: leavesIn(ours) })
  await client.query("UPDATE lineage SET settled_epoch = epoch")
}

function leavesIn(memories: readonly Memory[]): number | null {
  return memories.length === 0 ? null : Math.max(...memories.map(({ leaves }) => leaves))
}

async function newMemory(client: pg.Client, lineageId: string): Promise<Memory> {
  const nodeId = randomUUID()
  const nonce = randomBytes(16).toString("hex")
  const { rows } = await client.query<{ epoch: number; leaves: string }>(
    `WITH added AS (INSERT INTO node (node_id, nonce, beaten_at) VALUES ($1, $2, clock_timestamp()))
     SELECT epoch, (SELECT last_value FROM audit_sequence)::text AS leaves FROM lineage`,
    [nodeId, nonce],
  )
  const [row] = rows
  if (row === undefined) throw new Error("The lineage is gone from its database.")

  return { v: 1, lineageId, nodeId, epoch: row.epoch, beat: 0, nonce, leaves: Number(row.leaves) }
}

/**
 * What was compared is superseded by the new memory, which is younger. A row
 * goes after its file, and not while its process may still be at work.
 */
async function forgetOld(client: pg.Client, memories: Memories, old: readonly Memory[]): Promise<void> {
  for (const { nodeId } of old) await memories.forget(nodeId)
  await client.query(
    `DELETE FROM node WHERE node_id = ANY ($1) AND beaten_at < now() - interval '1 hour'
       OR beaten_at < now() - interval '400 days'`,
    [old.map(({ nodeId }) => nodeId)],
  )
}
