import { randomBytes } from "node:crypto"
import type { DecidedCall } from "@/lib/calls/calls.repo"
import type { SealedContent } from "@/lib/changes/content-seal"
import { hotJson } from "@/lib/db/hot-call"
import type { TenantDb } from "@/lib/db/tenant-db"
import { newPrintedKey } from "@/lib/keys/credential"
import { drawnId, newId, newSalts } from "@/lib/operations/new-id"

export type PlannedCanary = Readonly<{ canaryId: string; secret: string }>

/** The canary whose moment has come; null when none has. */
export async function findDue(db: TenantDb): Promise<PlannedCanary | null> {
  const { rows } = await db.sql<PlannedCanary>`
    SELECT canary_id AS "canaryId", secret FROM canary
    WHERE tenant_id = ${db.tenantId} AND status = 'planned' AND appears_at <= clock_timestamp()`

  return rows[0] ?? null
}

/** The first tenant after this one with something to do about canaries; null when there is none. */
export function nextTenantWithDueCanary(after: string): Promise<string | null> {
  return hotJson<string>("next_tenant_with_due_canary", [after], "read")
}

export type Released = Readonly<{
  tenantId: string
  canary: Readonly<{
    canaryId: string
    sourceApprovalId: string
    deviation: string
    words: string
    withToken: boolean
    address: string | null
  }>
  runId: string
  rulesVersion: number
  call: DecidedCall
  envelope: Uint8Array | null
  contents: readonly SealedContent[]
  /** How long after the run its call comes, in milliseconds. */
  pauseMs: number
}>

/** What stands in the way; null when it is out. */
export type ReleaseCode =
  "gone" | "unauthenticated" | "not_found" | "scope_missing" | "rules_moved" | "run_closed" | "state_moved"

/** Two leaves, of which that of the run has four secret fields and that of the call eleven. */
const saltCount = 15

/** Lets a canary out in one transaction, which takes a moment: an agent opens a run and then asks in it. */
export async function releaseCanary(released: Released): Promise<ReleaseCode | null> {
  const { tenantId, canary, runId, rulesVersion, call, envelope, contents, pauseMs } = released
  const answer = await hotJson<Readonly<{ code: ReleaseCode | null }>>(
    "release_canary",
    [
      tenantId,
      JSON.stringify(canary),
      JSON.stringify({ runId, ...tokenOfNobody() }),
      rulesVersion,
      JSON.stringify(call),
      envelope,
      contents.map(({ digest }) => digest),
      contents.map(({ bytes }) => bytes),
      contents.map(({ wrappedKey }) => wrappedKey),
      contents.map(({ sealed }) => sealed),
      pauseMs / 1_000,
      [newId("event"), drawnId("event", Date.now() + pauseMs)],
      newSalts(saltCount),
    ],
    "write",
  )
  return answer === null ? "gone" : answer.code
}

/** A run has a token. The digest of this one is drawn, so that there is no secret behind it. */
function tokenOfNobody() {
  const { publicId } = newPrintedKey("run")
  return { tokenId: newId("runToken"), tokenPublicId: publicId, tokenMac: randomBytes(32).toString("hex") }
}
