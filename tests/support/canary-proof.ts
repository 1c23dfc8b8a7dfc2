import { createHash } from "node:crypto"
import { canonicalize } from "@deltaseal/guard/change"
import type { Leaf, World } from "./world"

type Opening = { canaryId: string; secret: string; tenantId: string }

/** What follows from a canary's secret, computed as a reader of the log would: with nothing of ours but SHA-256 and JCS. */
export function digestOf(label: string, opening: Opening): string {
  return createHash("sha256")
    .update(`${label}\0${canonicalize(opening)}`)
    .digest("hex")
}

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

/** The part of an approval's id that is drawn by lot, unless it is a canary's: the first eighty bits of a digest. */
export function drawnFrom(opening: Opening): string {
  const bits = BigInt(`0x${digestOf("deltaseal/canary-approval/v1", opening).slice(0, 20)}`)
  return Array.from({ length: 16 }, (_, at) => alphabet[Number((bits >> BigInt(5 * (15 - at))) & 31n)]).join(
    "",
  )
}

/** What a leaf says, without what it says. */
export function shapeOf({ type, body }: Leaf): unknown {
  const fields = Object.entries(body.fields).map(([name, value]) => [name, typeof value])
  return [type, body.actor, body.subject.kind, fields]
}

/** How far the times in the ids of a leaf, but for its run's, are from its own; milliseconds. */
export function idLag({ eventId, body }: Leaf): number {
  const ids = [eventId, ...["callId", "approvalId"].flatMap((name) => textOf(body.fields[name]) || [])]
  return Math.max(...ids.map((id) => Math.abs(body.at - timeOf(id))))
}

/** A field that stands in a leaf as it is. */
export function textOf(field: Leaf["body"]["fields"][string] | undefined): string {
  return typeof field === "string" ? field : ""
}

function timeOf(id: string): number {
  const digits = Array.from(id.slice(id.indexOf("_") + 1, id.indexOf("_") + 11))
  return digits.reduce((sum, digit) => sum * 32 + alphabet.indexOf(digit), 0)
}

type Used = Readonly<{ tenantId: string; callId: string; approvalId: string }>

/** What somebody with the credentials of the serving role could try, and by what it is refused. */
export function waysToUse({ tenantId, callId, approvalId }: Used): readonly (readonly [string, string])[] {
  const execution = "INSERT INTO execution (tenant_id, execution_id, call_id, run_id, key_id, approval_id)"
  const used = "cannot be used"
  return [
    [`${execution} VALUES ('${tenantId}', 'exec_x', 'call_x', 'run_x', 'key_x', '${approvalId}')`, used],
    [`${execution} VALUES ('${tenantId}', 'exec_x', '${callId}', 'run_x', 'key_x', NULL)`, used],
    [`UPDATE execution SET approval_id = '${approvalId}'`, used],
    [`UPDATE approval SET status = 'consumed' WHERE approval_id = '${approvalId}'`, used],
    [`UPDATE approval SET carry_hash = 'x' WHERE approval_id = '${approvalId}'`, used],
    [`UPDATE approval SET derived_from = '${approvalId}', derived_as = 'carry_over'`, used],
    [`UPDATE canary SET approval_id = NULL WHERE approval_id = '${approvalId}'`, "does not change"],
    [`UPDATE canary SET status = 'denied' WHERE approval_id = '${approvalId}'`, "does not change"],
    [`UPDATE canary SET secret = ''`, "permission denied"],
    [`DELETE FROM canary`, "permission denied"],
  ]
}

/** One statement of the role that serves, bound to our tenant, and taken back. */
export async function asServer({ app, ours }: World, sql: string): Promise<void> {
  const client = await app.connect()
  try {
    await client.query("BEGIN")
    await client.query("SELECT set_config('app.tenant', $1, true)", [ours.tenantId])
    await client.query(sql)
  } finally {
    await client.query("ROLLBACK")
    client.release()
  }
}
