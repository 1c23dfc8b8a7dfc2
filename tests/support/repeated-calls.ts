import { newId } from "@/lib/operations/new-id"
import type { World } from "./world"

type Which = Readonly<{ tenantId: string; decision: string }>

/** The first recorded call of its kind again, many times over, as if it had been made that often. */
export async function repeatCalls(
  { su, ours }: World,
  times: number,
  { tenantId, decision }: Which = { tenantId: ours.tenantId, decision: "pending" },
): Promise<void> {
  await su.query(
    `INSERT INTO tool_call SELECT again.* FROM unnest($1::text[]) AS id
     CROSS JOIN (SELECT to_jsonb(c) AS call FROM tool_call c
       WHERE tenant_id = $2 AND decision = $3 AND facts_digest IS NOT NULL ORDER BY call_id LIMIT 1) AS one
     CROSS JOIN jsonb_populate_record(NULL::tool_call, call || jsonb_build_object('call_id', id)) AS again`,
    [Array.from({ length: times }, () => newId("call")), tenantId, decision],
  )
}
