import type { Actor } from "@/lib/access/actor"
import type { ReadDb } from "@/lib/db/read-db"
import { AppError, type Reason } from "@/lib/errors/app-error"
import { isId } from "@/lib/kernel/id"
import { tenantQuery } from "@/lib/operations/tenant-query"
import type { PolicySimulation, SimulatedCall } from "@/prisma/generated/client"
import {
  answerCounts,
  answers,
  othersAsked,
  overCounts,
  simulationStatuses,
  type Answer,
  type Counts,
} from "./simulation"
import type { SimulatedCallList, SimulationList, SimulationView } from "./simulation.schema"

const pageSize = 50

type Page = Readonly<{ cursor?: string | undefined }>

/** A tenant's simulations of the last seven days, newest first. The cursor is the last id of the page before. */
export const listSimulations: (actor: Actor, tenantId: string, page: Page) => Promise<SimulationList> =
  tenantQuery("policy:read", async ({ db, tenantId }, { cursor }: Page) => {
    const rows = await db.policySimulation.findMany({
      where: { tenantId, ...(cursor === undefined ? {} : { simulationId: { lt: cursor } }) },
      orderBy: { simulationId: "desc" },
      take: pageSize + 1,
    })
    const page = rows.slice(0, pageSize)

    return {
      items: await toViews(db, page),
      nextCursor: rows.length > pageSize ? (page.at(-1)?.simulationId ?? null) : null,
    }
  })

/** @throws AppError `not_found` */
export const simulationView: (
  actor: Actor,
  tenantId: string,
  simulationId: string,
) => Promise<SimulationView> = tenantQuery("policy:read", async ({ db, tenantId }, simulationId: string) => {
  const row = await db.policySimulation.findFirst({ where: { tenantId, simulationId } })
  const [view] = row === null ? [] : await toViews(db, [row])
  if (view === undefined) throw new AppError("not_found")

  return view
})

type Wanted = Page & Readonly<{ simulationId: string }>

/**
 * The calls that a draft answers otherwise or puts to others, oldest first. The cursor is the
 * last call's id of the page before.
 *
 * @throws AppError `not_found`, `invalid_cursor`
 */
export const simulatedCalls: (actor: Actor, tenantId: string, wanted: Wanted) => Promise<SimulatedCallList> =
  tenantQuery("policy:read", async ({ db, tenantId }, { simulationId, cursor }: Wanted) => {
    if (cursor !== undefined && !isId("call", cursor)) throw new AppError("invalid_cursor")
    const known = await db.policySimulation.findFirst({
      where: { tenantId, simulationId },
      select: { simulationId: true },
    })
    if (known === null) throw new AppError("not_found")

    const rows = await db.simulatedCall.findMany({
      where: { tenantId, simulationId, ...(cursor === undefined ? {} : { callId: { gt: cursor } }) },
      orderBy: { callId: "asc" },
      take: pageSize + 1,
    })
    const page = rows.slice(0, pageSize)
    const calls = await callsOf(
      db,
      tenantId,
      page.map(({ callId }) => callId),
    )

    return {
      items: page.flatMap((row) => {
        const call = calls.get(row.callId)
        return call === undefined ? [] : [{ ...call, ...saidOf(row) }]
      }),
      nextCursor: rows.length > pageSize ? (page.at(-1)?.callId ?? null) : null,
    }
  })

type Said = Omit<
  SimulatedCallList["items"][number],
  "callId" | "runId" | "approvalId" | "tool" | "requestedAt"
>
type Asked = NonNullable<Said["required"]>["was"]

function saidOf({ was, now, rule, reasons, wasRequired, nowRequired }: SimulatedCall): Said {
  const isPutToOthers = wasRequired !== null && nowRequired !== null

  return {
    ...{ was: answer(was), now: answer(now), rule, reasons: reasons as unknown as Reason[] },
    required: isPutToOthers ? { was: wasRequired as Asked, now: nowRequired as Asked } : null,
  }
}

async function callsOf(db: ReadDb, tenantId: string, callIds: readonly string[]) {
  const calls = await db.toolCall.findMany({
    where: { tenantId, callId: { in: [...callIds] } },
    include: { approval: { select: { approvalId: true } } },
  })

  return new Map(
    calls.map(({ callId, runId, server, name, version, requestedAt, approval }) => [
      callId,
      {
        ...{ callId, runId, approvalId: approval?.approvalId ?? null },
        tool: { server, name, version },
        requestedAt: requestedAt.toISOString(),
      },
    ]),
  )
}

async function toViews(db: ReadDb, rows: readonly PolicySimulation[]): Promise<SimulationView[]> {
  const people = await db.person.findMany({
    where: { personId: { in: [...new Set(rows.map(({ startedById }) => startedById))] } },
    select: { personId: true, name: true },
  })
  const names = new Map(people.map(({ personId, name }) => [personId, name]))

  return rows.map((row) => toView(row, names))
}

function toView(row: PolicySimulation, names: ReadonlyMap<string, string>): SimulationView {
  const { tenantId, simulationId, days, done, total, startedById: personId } = row
  const counted = row.counts as Counts
  const counts = answerCounts(counted)

  return {
    ...{ tenantId, simulationId, days, done, total },
    status: simulationStatuses.find((known) => known === row.status) ?? "failed",
    startedBy: { personId, name: names.get(personId) ?? "Nobody we know" },
    startedAt: row.startedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
    counts,
    changed: counts.reduce((sum, { was, now, calls }) => (was === now ? sum : sum + calls), 0),
    othersAsked: counted[othersAsked] ?? 0,
    overLimits: overCounts(counted),
    refusedOtherwise: counted["refused_otherwise"] ?? 0,
    gone: counted["gone"] ?? 0,
    unrecorded: counted["unrecorded"] ?? 0,
  }
}

function answer(text: string): Answer {
  return answers.find((known) => known === text) ?? "deny"
}
