import { sha256Hex } from "@deltaseal/guard/change"
import { decodeJwt } from "jose"
import { policyBytes } from "@/lib/policies/stored-policy.service"
import { readPolicy } from "@/lib/policies/policy-text"
import type { Reply } from "./api"
import type { World } from "./world"

type Ruled = Pick<World, "su"> & Readonly<{ ours: Pick<World["ours"], "tenantId" | "ownerId"> }>

/** Puts a policy in force in our first tenant, as publishing does, without asking anybody. */
export async function putInForce({ su, ours }: Ruled, rules: string): Promise<void> {
  const text = `version: 1\n${rules}`
  const read = readPolicy(text)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  const bytes = policyBytes(read.document)
  await su.query(
    `WITH next AS (
       UPDATE tenant SET policy_version = policy_version + 1 WHERE tenant_id = $1 RETURNING policy_version AS version
     )
     INSERT INTO policy_version (tenant_id, version, document, text, digest, note, author_id, based_on)
     SELECT $1, version, $2, $3, $4, 'a test', $5, version - 1 FROM next`,
    [ours.tenantId, bytes, text, sha256Hex(bytes), ours.ownerId],
  )
}

/** What the permit of an answer says; its signature is looked at elsewhere. */
export function permitIn({ body, text }: Reply): Record<string, unknown> {
  if (typeof body?.permit !== "string") throw new Error(text)
  return decodeJwt(body.permit)
}
