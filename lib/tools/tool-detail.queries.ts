import { parseStrictJson } from "@deltaseal/guard/change"
import type { Actor } from "@/lib/access/actor"
import type { ReadDb } from "@/lib/db/read-db"
import { AppError } from "@/lib/errors/app-error"
import { keyPrefix } from "@/lib/keys/key"
import { tenantQuery } from "@/lib/operations/tenant-query"
import type { ToolRef } from "./tool"
import type { ToolDetail, ToolView } from "./tool.schema"
import { toViews } from "./tools.queries"

type Definition = Readonly<{ hash: string; bytes: Uint8Array }>

/** A tool with its definitions as they are stored. */
export type ToolRecord = Readonly<{
  view: ToolView
  accepted: Definition | null
  offered: Definition | null
  /** What an offered definition is compared with; its version. */
  base: Readonly<{ version: string; bytes: Uint8Array }> | null
  offeredBy: ToolDetail["offeredBy"]
  hints: ToolDetail["hints"]
  openApprovals: number
}>

/** @throws AppError `not_found` */
export const toolRecord: (actor: Actor, tenantId: string, ref: ToolRef) => Promise<ToolRecord> = tenantQuery(
  "tool:read",
  async ({ db, tenantId }, ref: ToolRef) => {
    const { server, name, version } = ref
    const row = await db.tool.findFirst({ where: { tenantId, server, name, version } })
    const [view] = row === null ? [] : await toViews(db, [row])
    if (row === null || view === undefined) throw new AppError("not_found")

    const own = { hash: row.definitionHash, bytes: row.definition }
    const accepted = view.definitionHash === null ? null : own
    const offered =
      view.offeredHash === null
        ? null
        : { hash: view.offeredHash, bytes: row.proposedDefinition ?? row.definition }

    return {
      view,
      accepted,
      offered,
      base: accepted === null ? await latestAccepted(db, tenantId, ref) : { version, bytes: accepted.bytes },
      offeredBy: await keyBehind(db, tenantId, row.proposedByKeyId),
      hints: hintsIn((offered ?? own).bytes),
      openApprovals: await db.approval.count({
        where: { tenantId, status: { in: ["pending", "approved"] }, call: { server, name, version } },
      }),
    }
  },
)

/** The version of the same tool that people accepted last. */
async function latestAccepted(
  db: ReadDb,
  tenantId: string,
  { server, name }: ToolRef,
): Promise<ToolRecord["base"]> {
  const row = await db.tool.findFirst({
    where: { tenantId, server, name, pinnedById: { not: null } },
    orderBy: { pinnedAt: "desc" },
    select: { version: true, definition: true },
  })

  return row === null ? null : { version: row.version, bytes: row.definition }
}

async function keyBehind(
  db: ReadDb,
  tenantId: string,
  keyId: string | null,
): Promise<ToolDetail["offeredBy"]> {
  const key = keyId === null ? null : await db.apiKey.findFirst({ where: { tenantId, keyId } })

  return key === null ? null : { keyId: key.keyId, name: key.name, prefix: keyPrefix(key) }
}

/** What the definition says of itself in its annotations, in words. */
function hintsIn(definition: Uint8Array): ToolDetail["hints"] {
  const value = parseStrictJson(definition)
  if (typeof value !== "object" || value === null || Array.isArray(value)) return []
  const { annotations = null } = value
  if (typeof annotations !== "object" || annotations === null || Array.isArray(annotations)) return []

  return Object.entries(annotations).map(([name, hint]) => ({ name, value: JSON.stringify(hint) }))
}
