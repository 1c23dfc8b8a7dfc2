import { canonicalize, sha256Hex, type JsonValue } from "@deltaseal/guard/change"
import type { Actor } from "@/lib/access/actor"
import type { ReadDb } from "@/lib/db/read-db"
import { AppError } from "@/lib/errors/app-error"
import { tenantQuery } from "@/lib/operations/tenant-query"
import type { PolicyVersion } from "@/prisma/generated/client"
import { builtInPolicy } from "./policy"
import type { PolicyList, PolicyVersionView } from "./policy-version.schema"

const pageSize = 50

/** What a list shows of a version. */
type Row = Omit<PolicyVersion, "document" | "text">

/** A tenant's versions, newest first, a page at a time. The cursor is the last version of the page before. */
export const listPolicies: (
  actor: Actor,
  tenantId: string,
  page: Readonly<{ cursor?: string | undefined }>,
) => Promise<PolicyList> = tenantQuery(
  "policy:read",
  async ({ db, tenantId }, { cursor }: Readonly<{ cursor?: string | undefined }>) => {
    const inForce = await versionNow(db, tenantId)
    const rows: Row[] = await db.policyVersion.findMany({
      where: { tenantId, ...(cursor === undefined ? {} : { version: { lt: Number(cursor) } }) },
      orderBy: { version: "desc" },
      take: pageSize + 1,
      omit: { document: true, text: true },
    })
    const page = rows.slice(0, pageSize)
    const isLast = rows.length <= pageSize
    const names = await namesOf(db, page)
    const items = page.map((row) => toView(row, inForce, names))

    return {
      inForce,
      items: isLast && cursor !== "1" ? [...items, builtIn(tenantId, inForce)] : items,
      nextCursor: isLast ? null : String(page.at(-1)?.version ?? ""),
    }
  },
)

/** A stored version as it is, with how it is shown; version 1 has no row. */
export type PolicyRecord = Readonly<{
  view: PolicyVersionView
  stored: Readonly<{ version: number; document: Uint8Array; digest: string; text: string }> | null
  inForce: number
}>

/** @throws AppError `not_found` */
export const policyRecord: (actor: Actor, tenantId: string, version: number) => Promise<PolicyRecord> =
  tenantQuery("policy:read", async ({ db, tenantId }, version: number) => {
    const inForce = await versionNow(db, tenantId)
    if (version === 1) return { view: builtIn(tenantId, inForce), stored: null, inForce }
    const row = await db.policyVersion.findFirst({ where: { tenantId, version } })
    if (row === null) throw new AppError("not_found")

    const { document, text, ...rest } = row
    const view = toView(rest, inForce, await namesOf(db, [row]))
    return { view, stored: { version, document, text, digest: row.digest }, inForce }
  })

async function versionNow(db: ReadDb, tenantId: string): Promise<number> {
  const tenant = await db.tenant.findFirst({ where: { tenantId }, select: { policyVersion: true } })
  if (tenant === null) throw new AppError("not_found")

  return tenant.policyVersion
}

async function namesOf(
  db: ReadDb,
  rows: readonly Pick<Row, "authorId" | "approvedById">[],
): Promise<ReadonlyMap<string, string>> {
  const personIds = rows.flatMap(({ authorId, approvedById }) => [authorId, approvedById ?? []].flat())
  const people = await db.person.findMany({
    where: { personId: { in: [...new Set(personIds)] } },
    select: { personId: true, name: true },
  })

  return new Map(people.map(({ personId, name }) => [personId, name]))
}

function toView(row: Row, inForce: number, names: ReadonlyMap<string, string>): PolicyVersionView {
  const person = (personId: string) => ({ personId, name: names.get(personId) ?? "Nobody we know" })
  const { authorId, approvedById, publishedAt, ...shown } = row

  return {
    ...shown,
    isInForce: row.version === inForce,
    author: person(authorId),
    approvedBy: approvedById === null ? null : person(approvedById),
    publishedAt: publishedAt.toISOString(),
  }
}

function builtIn(tenantId: string, inForce: number): PolicyVersionView {
  return {
    tenantId,
    version: 1,
    isInForce: inForce === 1,
    digest: sha256Hex(canonicalize(builtInPolicy as unknown as JsonValue)),
    note: "What holds until a policy is published: the defaults of each tier.",
    author: null,
    approvedBy: null,
    publishedAt: null,
    basedOn: null,
    restores: null,
    rolloutId: null,
  }
}
