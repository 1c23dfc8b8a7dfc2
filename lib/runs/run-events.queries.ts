import type { JsonValue } from "@deltaseal/guard/change"
import { runsOf, type Actor } from "@/lib/access/actor"
import type { ReadDb } from "@/lib/db/read-db"
import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"
import { toRunEvent, type EventSources } from "./run-event"
import type { RunEvent } from "./run.schema"

const pageSize = 100

type Filter = Readonly<{ runId: string; after?: bigint }> | Readonly<{ approvalId: string; after?: bigint }>

/** A run's timeline, oldest first, a page at a time. */
export const runEvents = query(
  "run:events",
  async ({ actor, db }, { runId, cursor }: Readonly<{ runId: string; cursor?: string }>) => {
    if ((await db.run.findFirst({ where: { runId, ...runsOf(actor) }, select: { runId: true } })) === null) {
      throw new AppError("not_found")
    }

    return readEvents(db, { runId, ...(cursor === undefined ? {} : { after: readCursor(cursor) }) })
  },
)

/** What happened to one approval, oldest first. */
export const approvalEvents: (actor: Actor, approvalId: string) => Promise<RunEvent[]> = query(
  "run:events",
  async ({ db }, approvalId: string) => (await readEvents(db, { approvalId })).items,
)

async function readEvents(
  db: ReadDb,
  { after, ...where }: Filter,
): Promise<{ items: RunEvent[]; nextCursor: string | null }> {
  const leaves = await db.auditLeaf.findMany({
    where: { ...where, ...(after === undefined ? {} : { sequence: { gt: after } }) },
    orderBy: { sequence: "asc" },
    take: pageSize + 1,
  })
  const page = leaves.slice(0, pageSize)
  const sources = await loadSources(db, page)
  const last = page.at(-1)

  return {
    items: page.map((leaf) => toRunEvent({ ...leaf, leaf: Buffer.from(leaf.leaf) }, sources)),
    nextCursor: leaves.length > pageSize && last !== undefined ? String(last.sequence) : null,
  }
}

type LeafRefs = Readonly<{ callId: string | null; executionId: string | null; leaf: Uint8Array }>

/** Four reads for a page of any length. */
async function loadSources(db: ReadDb, leaves: readonly LeafRefs[]): Promise<EventSources> {
  const callIds = [...new Set(leaves.flatMap(({ callId }) => callId ?? []))]
  const calls = await db.toolCall.findMany({
    where: { callId: { in: callIds } },
    include: { approval: { select: { approvalId: true } }, execution: true },
  })
  const personIds = leaves.map(({ leaf }) => actorOf(leaf).id).filter((id) => id.startsWith("per_"))
  const people = await db.person.findMany({
    where: { personId: { in: [...new Set(personIds)] } },
    select: { personId: true, name: true },
  })

  return {
    calls: new Map(
      calls.map((call) => [
        call.callId,
        {
          ...call,
          reasons: call.reasons as JsonValue,
          approvalId: call.approval?.approvalId ?? null,
          execution:
            call.execution === null
              ? null
              : { ...call.execution, receipts: call.execution.receipts as JsonValue },
        },
      ]),
    ),
    people: new Map(people.map(({ personId, name }) => [personId, name])),
  }
}

function actorOf(leaf: Uint8Array): { kind: string; id: string } {
  return (JSON.parse(Buffer.from(leaf).toString("utf8")) as { actor: { kind: string; id: string } }).actor
}

function readCursor(cursor: string): bigint {
  if (!/^\d{1,18}$/.test(cursor)) throw new AppError("invalid_cursor")

  return BigInt(cursor)
}
