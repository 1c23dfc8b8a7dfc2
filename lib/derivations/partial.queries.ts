import { sha256Hex, type Envelope, type EnvelopePart } from "@deltaseal/guard/change"
import { openContent } from "@/lib/changes/content-seal"
import type { ReadDb } from "@/lib/db/read-db"
import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"
import type { PolicyCheck } from "@/lib/policies/policy-answer"
import type { Tier } from "@/lib/tools/tool"
import type { KeptStage } from "./stages-for-both"

/** An approval as one of some of its parts is made of it. */
export type Whole = Readonly<{
  tenantId: string
  approvalId: string
  changeHash: string
  status: string
  isPlanItem: boolean
  policyVersion: number
  required: readonly KeptStage[]
  useWithinSeconds: number
  isReasonRequired: boolean
  runId: string
  isTainted: boolean
  callId: string
  matchedRule: string | null
  checks: readonly PolicyCheck[]
  isDryRun: boolean
  egress: readonly string[]
  taints: boolean
  tool: Readonly<{ server: string; name: string; version: string; definition: string; tier: Tier }>
  envelope: Envelope
}>

/**
 * What an approval is made of.
 *
 * @throws AppError `not_found`
 */
export const wholeOf = query("approval:read", async ({ db }, approvalId: string): Promise<Whole> => {
  const row = await db.approval.findFirst({
    where: { approvalId },
    include: { call: { include: { change: true, run: { select: { taintedAt: true } } } } },
  })
  if (row?.call.change == null) throw new AppError("not_found")
  const { call } = row
  const { change, tier, definitionHash } = call
  if (change === null || tier === null || definitionHash === null) throw new AppError("internal")

  return {
    tenantId: row.tenantId,
    approvalId,
    changeHash: row.changeHash,
    status: row.status,
    isPlanItem: row.planId !== null,
    policyVersion: row.policyVersion,
    required: row.required as unknown as KeptStage[],
    useWithinSeconds: row.useWithinSeconds,
    isReasonRequired: row.reasonRequired,
    runId: row.runId,
    isTainted: call.run.taintedAt !== null,
    callId: row.callId,
    matchedRule: call.matchedRule,
    checks: JSON.parse(call.checks ?? "[]") as PolicyCheck[],
    isDryRun: call.dryRun,
    egress: call.egress,
    taints: call.taints,
    tool: {
      ...{ server: call.server, name: call.name, version: call.version },
      definition: definitionHash,
      tier: tier as Tier,
    },
    // Our own canonical bytes, which were strict when they were hashed.
    envelope: JSON.parse(Buffer.from(change.envelope).toString("utf8")) as Envelope,
  }
})

type Wanted = Readonly<{ tenantId: string; parts: readonly EnvelopePart[] }>

/**
 * The contents of parts by their digests.
 *
 * @throws AppError `internal` when one is gone or is not what was hashed
 */
export const contentsOfParts = query("approval:read", async ({ db }, { tenantId, parts }: Wanted) => {
  const digests = parts.flatMap(({ kind, before, after }) =>
    // What a call does is its input, which is read with what the policy looked at.
    kind === "call"
      ? []
      : [before, after].flatMap((state) => (state.state === "present" ? [state.digest] : [])),
  )

  return readBlobs(db, tenantId, [...new Set(digests)])
})

async function readBlobs(
  db: ReadDb,
  tenantId: string,
  digests: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const blobs = await db.blob.findMany({ where: { tenantId, digest: { in: [...digests] } } })
  const contents = new Map(blobs.map((blob) => [blob.digest, openContent(tenantId, blob.digest, blob)]))
  for (const digest of digests) {
    const bytes = contents.get(digest)
    if (bytes === undefined) throw new AppError("internal", "The content of a part is missing.")
    if (sha256Hex(bytes) !== digest)
      throw new AppError("internal", "The stored content is not what was hashed.")
  }

  return contents
}
