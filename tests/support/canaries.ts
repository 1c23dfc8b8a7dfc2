import { sweepCanaries } from "@/lib/canaries/releasing.service"
import type { Caller, Reply } from "./api"
import { approve, pendingWrite, type Pending } from "./calls"
import { vote } from "./deciding"
import type { Write } from "./every-write"
import { makePerson, type World } from "./world"

/** Does everything that is to be done about canaries at this moment. */
export const sweep = (): Promise<void> => sweepCanaries(Date.now() + 20_000)

const pathOf = (tenantId: string) => `/api/v1/tenants/${tenantId}/canaries`

export async function setCanaries({ as, ours }: World, periodDays: number | null): Promise<Reply> {
  return (await as("admin")).put(pathOf(ours.tenantId), { periodDays })
}

/** Switches canaries on where they are not, and brings the one that is planned forward to now. */
export async function makeDue(world: World): Promise<void> {
  const { su, ours } = world
  await setCanaries(world, 14)
  await su.query(
    "UPDATE canary SET appears_at = now() - interval '1 second' WHERE tenant_id = $1 AND status = 'planned'",
    [ours.tenantId],
  )
}

/** A canary among what waits, as a reviewer meets it. */
export type OutCanary = Pending & Readonly<{ canaryId: string; sourceApprovalId: string; words: string }>

/** Lets a canary out, made of something that people approved. */
export async function canaryOut(world: World): Promise<OutCanary> {
  await sweep()
  await makeDue(world)
  await sweep()
  const { rows } = await world.su.query<OutCanary>(
    `SELECT canary_id AS "canaryId", c.approval_id AS "approvalId", a.run_id AS "runId",
       a.change_hash AS "changeHash", source_approval_id AS "sourceApprovalId", words
     FROM canary c JOIN approval a USING (tenant_id, approval_id) WHERE c.tenant_id = $1 AND c.status = 'out'`,
    [world.ours.tenantId],
  )
  const [out] = rows
  if (out === undefined) throw new Error("No canary is out.")
  const { body } = await (await world.as("auditor")).get(`/api/v1/approvals/${out.approvalId}`)

  return { ...out, approval: body }
}

type Row = Readonly<{
  status: string
  ended_because: string | null
  appears_at: Date
  canary_id: string
  revealed_at: Date | null
}>

/** Canaries of our tenant, the latest first. */
export async function canaryRows({ su, ours }: World): Promise<Row[]> {
  const sql = "SELECT * FROM canary WHERE tenant_id = $1 ORDER BY canary_id DESC"
  return (await su.query<Row>(sql, [ours.tenantId])).rows
}

/** Lets the time of one that is out be over. */
export async function runOut({ su }: World, { approvalId }: OutCanary): Promise<void> {
  const sql =
    "UPDATE approval SET expires_at = clock_timestamp() - interval '1 second' WHERE approval_id = $1"
  await su.query(sql, [approvalId])
}

/** Something that people approved, of which a canary can be made. */
export async function approvedSource(world: World): Promise<Pending> {
  const pending = await pendingWrite(world.ours.key)
  const { caller } = await makePerson(world, { role: "reviewer" })
  const voted = await approve(caller, pending)
  if (voted.status !== 200) throw new Error(voted.text)

  return pending
}

/** Every write about canaries. */
export const canaryWrites: Readonly<Record<string, (world: World) => Promise<Write>>> = {
  "PUT /tenants/{tenantId}/canaries": async (world) => {
    const path = pathOf(world.ours.tenantId)
    const by = await world.as("owner")
    const periodDays = (await by.get(path)).body.periodDays === 7 ? 30 : 7
    return { by, ask: (who) => who.put(path, { periodDays }), succeeds: 200 }
  },
  "PUT /approvals/{approvalId}/canary/seen": async (world) => {
    await approvedSource(world)
    const out = await canaryOut(world)
    const { caller: by } = await makePerson(world, { role: "reviewer" })
    const denied = await vote(by, out, { decision: "deny", reason: "What is this?" })
    if (denied.status !== 200) throw new Error(denied.text)
    await sweep()
    return { by, ask: (who) => who.put(`/api/v1/approvals/${out.approvalId}/canary/seen`), succeeds: 200 }
  },
}

type Ids = Readonly<{ tenantId: string; approvalId: string }>

type Operation = "own" | Readonly<{ ask: (who: Caller, ids: Ids) => Promise<Reply>; answers?: number }>

/** How a stranger asks for each call about canaries. */
export const canaryOperations: Readonly<Record<string, Operation>> = {
  "GET /api/v1/tenants/:tenantId/canaries": { ask: (who, { tenantId }) => who.get(pathOf(tenantId)) },
  "PUT /api/v1/tenants/:tenantId/canaries": {
    ask: (who, { tenantId }) => who.put(pathOf(tenantId), { periodDays: 7 }),
  },
  "GET /api/v1/canaries/notices": "own",
  "GET /api/v1/approvals/:approvalId/canary": {
    ask: (who, { approvalId }) => who.get(`/api/v1/approvals/${approvalId}/canary`),
  },
  "PUT /api/v1/approvals/:approvalId/canary/seen": {
    ask: (who, { approvalId }) => who.put(`/api/v1/approvals/${approvalId}/canary/seen`),
  },
}
