import { sha256Hex, type Envelope, type State } from "@deltaseal/guard/change"
import type { PersonActor } from "@/lib/access/actor"
import { openContent } from "@/lib/changes/content-seal"
import { decodeText } from "@/lib/changes/file-diff"
import type { ReadDb } from "@/lib/db/read-db"
import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"
import { cutLines } from "./part-content"
import type { PartContentView } from "./part-content.schema"

type Wanted = Readonly<{
  approvalId: string
  /** Of the part in its change, from 1. */
  position: number
  side: "before" | "after"
  from: number
  lines: number
}>

/**
 * Lines of what a part was or will be, from the stored bytes that its envelope
 * names by digest. They are shown, never changed and never hashed again.
 *
 * @throws AppError `not_found`, `content_absent`, `content_not_text`; `internal` when the stored bytes are gone or
 * are not those of the envelope
 */
export const partContent: (person: PersonActor, wanted: Wanted) => Promise<PartContentView> = query(
  "approval:read",
  async ({ db }, { approvalId, position, side, from, lines }: Wanted) => {
    const { tenantId, state } = await findState(db, approvalId, position, side)
    if (state.state === "absent") {
      throw new AppError("content_absent", `There is nothing ${side} this change.`)
    }

    const text = textOf(await readBytes(db, tenantId, state.digest))
    const { digest, bytes } = state
    return { approvalId, position, side, digest, bytes, ...cutLines(text, from, lines) }
  },
)

/** What the envelope, whose hash people decide on, says of one side. */
async function findState(
  db: ReadDb,
  approvalId: string,
  position: number,
  side: "before" | "after",
): Promise<Readonly<{ tenantId: string; state: State }>> {
  const approval = await db.approval.findFirst({
    where: { approvalId },
    select: { tenantId: true, call: { select: { change: { select: { envelope: true } } } } },
  })
  const bytes = approval?.call.change?.envelope
  if (approval === null || bytes === undefined) throw new AppError("not_found")

  // Our own canonical bytes, which were strict when they were hashed.
  const envelope = JSON.parse(Buffer.from(bytes).toString("utf8")) as Envelope
  const part = envelope.parts[position - 1]
  if (part === undefined) throw new AppError("not_found")
  return { tenantId: approval.tenantId, state: part[side] }
}

async function readBytes(db: ReadDb, tenantId: string, digest: string): Promise<Buffer> {
  const blob = await db.blob.findFirst({ where: { tenantId, digest } })
  if (blob === null) throw new AppError("internal", "The content of this part is missing.")

  const bytes = openContent(tenantId, digest, blob)
  if (sha256Hex(bytes) !== digest)
    throw new AppError("internal", "The stored content is not what was hashed.")
  return bytes
}

function textOf(bytes: Buffer): string {
  const text = decodeText(bytes)
  if (text === undefined) throw new AppError("content_not_text")
  return text
}
