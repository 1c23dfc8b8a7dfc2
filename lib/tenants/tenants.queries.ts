import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"
import { toTenantView, type TenantList, type TenantView } from "./tenant.schema"

const pageSize = 100

/** The tenants an actor may see, the newest first, a page at a time. The cursor is the last id of the page before. */
export const listTenants = query(
  "tenant:read",
  async ({ db }, { cursor }: Readonly<{ cursor?: string | undefined }>): Promise<TenantList> => {
    const rows = await db.tenant.findMany({
      where: cursor === undefined ? {} : { tenantId: { lt: cursor } },
      orderBy: { tenantId: "desc" },
      take: pageSize + 1,
    })
    const page = rows.slice(0, pageSize)

    return {
      items: page.map(toTenantView),
      nextCursor: rows.length > pageSize ? (page.at(-1)?.tenantId ?? null) : null,
    }
  },
)

/** @throws AppError `not_found` */
export const readTenant = query("tenant:read", async ({ db }, tenantId: string): Promise<TenantView> => {
  const found = await db.tenant.findFirst({ where: { tenantId } })
  if (found === null) throw new AppError("not_found")

  return toTenantView(found)
})
