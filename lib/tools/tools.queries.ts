import type { Actor, KeyActor, PersonActor } from "@/lib/access/actor"
import type { ReadDb } from "@/lib/db/read-db"
import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"
import { tenantQuery } from "@/lib/operations/tenant-query"
import type { ToolRef, ToolState } from "./tool"
import { stateOf, toToolView, type AllowanceRow, type ToolRow } from "./tool-row"
import { waitingFor } from "./tool-proposals"
import type { ToolView } from "./tool.schema"

const pageSize = 200

/** Definitions are large, and a list shows none. */
const omit = { definition: true, proposedDefinition: true } as const

const byName = [{ server: "asc" }, { name: "asc" }, { version: "asc" }] as const

type Page = Readonly<{ cursor?: string | undefined }>

/** A tenant's tools by server, name and version, a page at a time. The cursor is the last of the page before. */
export const listTools: (
  actor: Actor,
  tenantId: string,
  page: Page,
) => Promise<{ items: ToolView[]; nextCursor: string | null }> = tenantQuery(
  "tool:read",
  async ({ db, tenantId }, { cursor }: Page) => {
    const rows = await db.tool.findMany({
      where: { tenantId, ...(cursor === undefined ? {} : after(cursor)) },
      orderBy: [...byName],
      take: pageSize + 1,
      omit,
    })
    const page = rows.slice(0, pageSize)
    const last = rows.length > pageSize ? page.at(-1) : undefined

    return {
      items: await toViews(db, page),
      nextCursor: last === undefined ? null : `${last.server}/${last.name}/${last.version}`,
    }
  },
)

/** @throws AppError `not_found` */
export const toolView: (actor: Actor, tenantId: string, ref: ToolRef) => Promise<ToolView> = tenantQuery(
  "tool:read",
  async ({ db, tenantId }, ref: ToolRef) => findView(db, tenantId, ref),
)

/** A tool as the key that registers it may see it. */
export const registeredView: (actor: KeyActor, ref: ToolRef) => Promise<ToolView> = query(
  "tool:register",
  async ({ db, actor }, ref: ToolRef) => findView(db, tenantOf(actor), ref),
)

/** What is known of a tool that is being registered; null when it is new. */
export const knownTool: (actor: KeyActor, ref: ToolRef) => Promise<ToolState | null> = query(
  "tool:register",
  async ({ db, actor }, { server, name, version }: ToolRef) => {
    const row = await db.tool.findFirst({ where: { tenantId: tenantOf(actor), server, name, version }, omit })

    return row === null ? null : stateOf(row)
  },
)

/** The tools of every tenant a person may see, those that wait for somebody first. */
export const allTools: (actor: PersonActor, input: null) => Promise<readonly ToolView[]> = query(
  "tool:read",
  async ({ db }) => {
    const views = await toViews(db, await db.tool.findMany({ orderBy: [...byName], take: shownMax, omit }))
    const isLate = ({ status }: ToolView) => (status === "waiting" ? 0 : 1)

    return views.sort((one, other) => isLate(one) - isLate(other))
  },
)

/** The page of tools shows this many at once. */
const shownMax = 1_000

async function findView(db: ReadDb, tenantId: string, { server, name, version }: ToolRef): Promise<ToolView> {
  const row = await db.tool.findFirst({ where: { tenantId, server, name, version }, omit })
  const [view] = row === null ? [] : await toViews(db, [row])
  if (view === undefined) throw new AppError("not_found")

  return view
}

/** Tools with what they are allowed in and who accepted them. */
export async function toViews(db: ReadDb, rows: readonly ToolRow[]): Promise<ToolView[]> {
  const tenantIds = [...new Set(rows.map(({ tenantId }) => tenantId))]
  const personIds = [...new Set(rows.flatMap(({ pinnedById }) => pinnedById ?? []))]
  // Prisma reads a list that is null, which is any field, as an empty one, which is none.
  const allowances = await db.$queryRaw<AllowanceRow[]>`
    SELECT tenant_id AS "tenantId", environment, server, name, patch_paths AS "patchPaths"
    FROM tool_allowance WHERE tenant_id = ANY(${tenantIds}::text[])`
  const proposals = await db.ruleProposal.findMany({
    where: { tenantId: { in: tenantIds }, status: "open", kind: { in: ["tier", "allowance"] } },
    orderBy: { proposalId: "asc" },
  })
  const people = await db.person.findMany({
    where: { personId: { in: [...personIds, ...proposals.map(({ proposedById }) => proposedById)] } },
    select: { personId: true, name: true },
  })
  const names = new Map(people.map(({ personId, name }) => [personId, name]))

  return rows.map((row) => ({
    ...toToolView(row, allowances, names),
    proposed: waitingFor(row, proposals, names),
  }))
}

/** Everything after a place in the order; servers and names hold no slash. */
function after(cursor: string): object {
  const [, server, name, version] = /^([^/]+)\/([^/]+)\/(.+)$/s.exec(cursor) ?? []
  if (server === undefined || name === undefined || version === undefined) {
    throw new AppError("invalid_cursor")
  }

  return {
    OR: [
      { server: { gt: server } },
      { server, name: { gt: name } },
      { server, name, version: { gt: version } },
    ],
  }
}

function tenantOf(actor: Actor): string {
  if (actor.kind === "person") throw new AppError("internal", "Only a key registers tools.")

  return actor.tenantId
}
