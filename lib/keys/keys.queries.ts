import type { Actor, PersonActor } from "@/lib/access/actor"
import type { ReadDb } from "@/lib/db/read-db"
import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"
import { tenantQuery } from "@/lib/operations/tenant-query"
import { environments } from "@/lib/tools/tool"
import type { ApiKey } from "@/prisma/generated/client"
import { keyPrefix, keyScopes, keyStatus } from "./key"
import type { KeyView } from "./key.schema"

const pageSize = 50

type Page = Readonly<{ cursor?: string | undefined }>

/** A tenant's keys, newest first, a page at a time. The cursor is the last id of the page before. */
export const listKeys: (
  actor: Actor,
  tenantId: string,
  page: Page,
) => Promise<{ items: KeyView[]; nextCursor: string | null }> = tenantQuery(
  "key:read",
  async ({ db, now, tenantId }, { cursor }: Page) => {
    const rows = await db.apiKey.findMany({
      where: { tenantId, ...(cursor === undefined ? {} : { keyId: { lt: cursor } }) },
      orderBy: { keyId: "desc" },
      take: pageSize + 1,
    })
    const page = rows.slice(0, pageSize)

    return {
      items: await toKeyViews(db, page, now),
      nextCursor: rows.length > pageSize ? (page.at(-1)?.keyId ?? null) : null,
    }
  },
)

/** The keys page shows this many at once. */
const shownMax = 500

type Shown = Readonly<{ tenantId?: string | undefined; isEnded: boolean }>

/** Keys of every tenant whose keys a person may see, newest first: those that work, or those that ended. */
export const allKeys: (actor: PersonActor, shown: Shown) => Promise<readonly KeyView[]> = query(
  "key:read",
  async ({ db, now }, { tenantId, isEnded }: Shown) => {
    const rows = await db.apiKey.findMany({
      where: {
        ...(tenantId === undefined ? {} : { tenantId }),
        ...(isEnded
          ? { OR: [{ revokedAt: { not: null } }, { expiresAt: { lte: now } }] }
          : { revokedAt: null, expiresAt: { gt: now } }),
      },
      orderBy: { keyId: "desc" },
      take: shownMax,
    })

    return toKeyViews(db, rows, now)
  },
)

/** @throws AppError `not_found` */
export const keyView: (actor: Actor, tenantId: string, keyId: string) => Promise<KeyView> = tenantQuery(
  "key:read",
  async ({ db, now, tenantId }, keyId: string) => {
    const row = await db.apiKey.findFirst({ where: { tenantId, keyId } })
    const [view] = row === null ? [] : await toKeyViews(db, [row], now)
    if (view === undefined) throw new AppError("not_found")

    return view
  },
)

export type KeyOwner = Readonly<{ personId: string; name: string; email: string }>

/** Who can own a key of this tenant: its members and those of its agency. */
export const keyOwners: (actor: Actor, tenantId: string, input: null) => Promise<readonly KeyOwner[]> =
  tenantQuery("key:manage", async ({ db, tenantId }) => {
    const tenant = await db.tenant.findFirst({ where: { tenantId }, select: { agencyId: true } })
    if (tenant === null) throw new AppError("not_found")

    const members = await db.membership.findMany({
      where: { agencyId: tenant.agencyId, endedAt: null, OR: [{ tenantId: null }, { tenantId }] },
      select: { person: { select: { personId: true, name: true, email: true } } },
      orderBy: { person: { name: "asc" } },
    })

    return [...new Map(members.map(({ person }) => [person.personId, person])).values()]
  })

async function toKeyViews(db: ReadDb, rows: readonly ApiKey[], now: Date): Promise<KeyView[]> {
  const personIds = new Set(rows.flatMap(({ ownerId, createdById }) => [ownerId, createdById]))
  const people = await db.person.findMany({
    where: { personId: { in: [...personIds] } },
    select: { personId: true, name: true },
  })
  const names = new Map(people.map(({ personId, name }) => [personId, name]))
  const person = (personId: string) => ({ personId, name: names.get(personId) ?? "Nobody we know" })

  return rows.map((row) => ({
    keyId: row.keyId,
    tenantId: row.tenantId,
    prefix: keyPrefix(row),
    name: row.name,
    mode: row.mode === "live" ? "live" : "test",
    environments: environments.filter((environment) => row.environments.includes(environment)),
    scopes: keyScopes.filter((scope) => row.scopes.includes(scope)),
    addresses: row.addresses,
    owner: person(row.ownerId),
    createdBy: person(row.createdById),
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    revokedAt: row.revokedAt?.toISOString() ?? null,
    rotatedFrom: row.rotatedFromId,
    status: keyStatus(row, now),
  }))
}
