import { randomBytes } from "node:crypto"
import type pg from "pg"
import type { Memory } from "./standing"

/** One connection to a database that was made sure of, and how far it is known. */
export type Heart = Readonly<{
  /** What is known of it, which may be one beat less than what it holds. */
  memory: () => Memory
  /** Moves the database and then the memory on; who asks while one is under way waits for the next. */
  beat: () => Promise<void>
  now: () => number
  /** @throws when the connection does not lead to this database */
  verify: (client: pg.ClientBase) => Promise<void>
  stop: () => Promise<void>
}>

type Options = Readonly<{
  client: pg.Client
  memory: Memory
  keep: (memory: Memory) => Promise<void>
  /** Called once, when the connection ends or the database turns out to be another. */
  onLost: (reason: unknown) => void
}>

/**
 * Beats: one row of the database and one file move on together, the row first.
 * A database in which the row is not where this process left it is another.
 */
export function createHeart({ client, memory: first, keep, onLost }: Options): Heart {
  let memory = first
  let clock = { at: performance.now(), databaseMs: Date.now() }
  let isOver = false
  const end = (reason: unknown): void => {
    if (isOver) return
    isOver = true
    onLost(reason)
  }
  client.on("error", end)
  client.on("end", () => end(new Error("The connection that watches the database ended.")))

  const beatOnce = async (): Promise<void> => {
    const startedAt = performance.now()
    const moved = await move(client, memory).catch((error: unknown) => {
      if (error instanceof Error && error.message === "Query read timeout") end(error)
      throw error
    })
    if (moved === null) {
      const reason = new AnotherDatabase()
      end(reason)
      throw reason
    }
    clock = { at: (startedAt + performance.now()) / 2, databaseMs: moved.databaseMs }
    memory = moved.memory
    await keep(memory)
  }

  return {
    memory: () => memory,
    beat: oneAfterTheOther(beatOnce),
    now: () => clock.databaseMs + performance.now() - clock.at,
    verify: async (other) => {
      if (await leadsTo(other, memory)) return
      const reason = new AnotherDatabase()
      end(reason)
      throw reason
    },
    stop: async () => {
      isOver = true
      await client.end().catch(() => undefined)
    },
  }
}

class AnotherDatabase extends Error {
  constructor() {
    super("The connection leads to another database than the one that was served last.")
  }
}

type Moved = Readonly<{ memory: Memory; databaseMs: number }>

/** Null when the row is not where it was left. */
async function move(client: pg.Client, memory: Memory): Promise<Moved | null> {
  const nonce = randomBytes(16).toString("hex")
  const { rows } = await client.query<{ beat: string; epoch: number; leaves: string; now: number }>({
    name: "beat",
    text: `UPDATE node SET beat = beat + 1, nonce = $4, beaten_at = clock_timestamp()
      WHERE node_id = $1 AND beat = $2 AND nonce = $3
      RETURNING beat::text, (SELECT epoch FROM lineage), (SELECT last_value FROM audit_sequence)::text AS leaves,
        (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`,
    values: [memory.nodeId, memory.beat, memory.nonce, nonce],
  })
  const [row] = rows
  if (row === undefined) return null

  const { beat, epoch, leaves, now } = row
  return {
    memory: { ...memory, nonce, epoch, beat: Number(beat), leaves: Number(leaves) },
    databaseMs: now,
  }
}

/** A beat that is under way may have moved the row further than we know. */
async function leadsTo(client: pg.ClientBase, { nodeId, beat, nonce }: Memory): Promise<boolean> {
  const { rowCount } = await client.query(
    "SELECT 1 FROM node WHERE node_id = $1 AND (beat > $2 OR beat = $2 AND nonce = $3)",
    [nodeId, beat, nonce],
  )
  return rowCount === 1
}

/** Whoever asks is answered by a run that began after they asked; all who wait for one share it. */
function oneAfterTheOther(work: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | null = null
  let next: Promise<void> | null = null
  const begin = (): Promise<void> => {
    const run = work().finally(() => {
      if (current === run) current = null
    })
    current = run
    return run
  }

  return () => {
    if (current === null) return begin()
    next ??= current
      .catch(() => undefined)
      .then(() => {
        next = null
        return begin()
      })
    return next
  }
}
