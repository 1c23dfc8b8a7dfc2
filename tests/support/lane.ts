import { toolHash, type ToolDefinition } from "@deltaseal/guard/change"
import pg from "pg"
import { newId } from "@/lib/operations/new-id"
import type { Caller } from "./api"
import type { Cluster } from "./api-processes"
import { openRun, writeFile } from "./calls"
import { atEach, gatherCrowdOf, oneOrTwo, type Crowd } from "./crowd"
import { pendingWriteIn } from "./deciding"
import { at, expiring, perform, plainAnswer, spending, voting, type Deed, type Target } from "./deeds"
import { newApproval, revoke, type Answer, type ModelApproval } from "./lifecycle-model"
import * as life from "./lifecycle-model"
import { pausesOf, type Pauses } from "./pauses"
import { putInForce } from "./rules"
import { makeKey, makePerson, secondAgency, type Place, type Side } from "./world"

/** A client of its own, in which one thing is tried after the other while other lanes do the same. */
export type Lane = Readonly<{
  cluster: Cluster
  place: Place
  crowd: Crowd
  /** The lane's own connection. */
  su: pg.Client
  pauses: Pauses
  originals: Readonly<Record<Start, string>>
}>

/** How an approval stands when two operations meet at it. */
export type Start = "pending" | "pendingForTwo" | "approved" | "consumed"

/** An approval of its own, with whoever is about to be revoked or removed. */
export type Case = Readonly<{
  lane: Lane
  crowd: Crowd
  target: Target
  model: ModelApproval
  keyId: string
  membershipId: string
  policyVersion: number
}>

export async function openLane(cluster: Cluster, number: number): Promise<Lane> {
  const [url = ""] = cluster.urls
  const su = new pg.Client({ connectionString: cluster.superuserUrl })
  await su.connect()
  const ours: Side = await secondAgency({ url }, su)
  const crowd = await gatherCrowdOf(cluster, ours, su)
  const [asking] = crowd.keys.asking
  const [admin] = crowd.people.admin
  if (asking === undefined || admin === undefined) throw new Error("There is no process to ask.")
  const original = async (workflow: string) => {
    const runId = await openRun(asking, { workflow, operator: crowd.operatorId })
    return pendingWriteIn(asking, runId)
  }
  const [pending, pendingForTwo, approved] = [
    await original("one"),
    await original("two"),
    await original("one"),
  ]
  const { approvalId, changeHash } = approved
  const voted = await admin.post(`/api/v1/approvals/${approvalId}/votes`, { decision: "approve", changeHash })
  if (voted.status !== 200) throw new Error(voted.text)
  const originals = {
    ...{ pending: pending.approvalId, pendingForTwo: pendingForTwo.approvalId },
    ...{ approved: approvalId, consumed: approvalId },
  }

  return {
    ...{ cluster, crowd, su, originals },
    place: { su, url, ours },
    pauses: await pausesOf(su, ours.tenantId, number),
  }
}

/** @param around what is about to change around it */
export async function openCase(lane: Lane, start: Start, around: ReadonlySet<string>): Promise<Case> {
  const { su, place, cluster, originals } = lane
  const key = around.has("key revoked") ? await makeKey(place) : null
  const { tenantId } = place.ours
  const first = around.has("member removed") ? await makePerson(place, { role: "reviewer", tenantId }) : null
  if (around.has("policy published")) await putInForce(place, oneOrTwo)
  const ids = { runId: newId("run"), callId: newId("call"), approvalId: newId("approval") }
  const { rows } = await su.query<{ changeHash: string; policyVersion: number }>(
    `SELECT change_hash AS "changeHash", policy_version AS "policyVersion" FROM test.copy($1, $2, $3, $4, $5)`,
    [originals[start], ids.runId, ids.callId, ids.approvalId, key?.keyId ?? null],
  )
  const [{ changeHash, policyVersion } = { changeHash: "", policyVersion: 0 }] = rows
  const asEverywhere = (caller: Caller) => atEach(cluster.urls, caller)
  const crowd: Crowd = {
    ...lane.crowd,
    keys: { ...lane.crowd.keys, ...(key && { asking: asEverywhere(key.caller) }) },
    people: { ...lane.crowd.people, ...(first && { first: asEverywhere(first.caller) }) },
  }
  const made: Case = {
    ...{ lane, crowd, policyVersion, keyId: key?.keyId ?? "", membershipId: first?.membershipId ?? "" },
    target: { ...{ runId: ids.runId, approvalId: ids.approvalId, changeHash }, executionId: null, node: 0 },
    model: newApproval(start === "pendingForTwo" ? 2 : 1),
  }
  if (start === "approved" || start === "consumed") voting("admin", "approve").model(made.model, null)
  if (start !== "consumed") return made

  const spent = await perform(spending("asking", 1), { crowd, su }, made.target)
  if (spent?.answer !== "ok") throw new Error(`It could not be spent: ${String(spent?.answer)}`)
  spent.act.model(made.model)
  return { ...made, target: { ...made.target, executionId: spent.executionId ?? null } }
}

/** Gives an approval's copy a run of its own, and all that belongs to it. */
export async function installCopies(su: pg.Client): Promise<void> {
  const copy = (table: string, changes: string, where: string) =>
    `INSERT INTO ${table} SELECT (jsonb_populate_record(t, ${changes})).* FROM ${table} t WHERE ${where};`
  const ofCall = "t.call_id = v_from.call_id"
  await su.query(`
    CREATE SCHEMA IF NOT EXISTS test;
    CREATE FUNCTION test.copy(p_from text, p_run_id text, p_call_id text, p_approval_id text, p_key_id text)
    RETURNS SETOF public.approval LANGUAGE plpgsql SET search_path = public AS $$
    DECLARE
      v_from approval;
      v_ids jsonb := jsonb_strip_nulls(jsonb_build_object(
        'run_id', p_run_id, 'call_id', p_call_id, 'approval_id', p_approval_id, 'key_id', p_key_id));
    BEGIN
      SELECT * INTO v_from FROM approval WHERE approval_id = p_from;
      SELECT v_ids || jsonb_build_object('policy_version', policy_version, 'place', NULL) INTO v_ids
      FROM tenant WHERE tenant_id = v_from.tenant_id;
      ${copy("run", "v_ids", "t.run_id = v_from.run_id")}
      ${copy("tool_call", "v_ids", ofCall)}
      ${copy("change", "v_ids", ofCall)}
      ${copy("change_part", "v_ids", ofCall)}
      ${copy("approval", "v_ids", "t.approval_id = p_from")}
      ${copy("vote", "v_ids", "t.approval_id = p_from")}
      RETURN QUERY SELECT * FROM approval WHERE approval_id = p_approval_id;
    END
    $$;
    CREATE TABLE test.tool AS SELECT * FROM tool WHERE false;`)
}

const edited: ToolDefinition = {
  name: writeFile.name,
  description: "Something else.",
  inputSchema: { type: "object" },
}

/** What happens around an approval and bears on it, by its name. */
export const surroundings: Readonly<Record<string, (of: Case) => Deed>> = {
  "kill run": ({ target }) => ({
    name: "kill run",
    ask: ({ crowd }) =>
      at(crowd.people.owner, 0).post("/api/v1/kill", {
        scope: "run",
        ids: [target.runId],
        reason: "It runs wild.",
      }),
    model: (approval) => {
      life.cancel(approval, "admin")
      return "ok"
    },
  }),
  "key revoked": ({ lane, keyId }) => ({
    name: "key revoked",
    ask: ({ crowd }) =>
      at(crowd.people.owner, 0).delete(`/api/v1/tenants/${lane.place.ours.tenantId}/keys/${keyId}`),
    model: revoke,
  }),
  "member removed": ({ membershipId }) => ({
    name: "member removed",
    ask: ({ crowd }) => at(crowd.people.owner, 0).delete(`/api/v1/members/${membershipId}`),
    model: once("firstRemoved", { first: "ok", again: "not_found" }),
  }),
  "policy published": ({ lane, policyVersion }) => ({
    name: "policy published",
    ask: ({ crowd }) =>
      at(crowd.people.owner, 0).post(`/api/v1/tenants/${lane.place.ours.tenantId}/policies`, {
        text: `version: 1\n${oneOrTwo.replace("rules:\n", "rules:\n  - {name: none, effect: deny}\n")}`,
        basedOn: policyVersion,
        note: "Enough.",
      }),
    answerOf: (reply) => (reply.status === 201 ? String(reply.body.result) : plainAnswer(reply)),
    model: once("policyDenies", { first: "published", again: "conflict" }),
  }),
  "tool changed": () => ({
    name: "tool changed",
    ask: ({ crowd }) =>
      at(crowd.keys.other, 0).put(`/api/v1/servers/${writeFile.server}/tools/${writeFile.name}`, {
        version: writeFile.version,
        definition: edited,
      }),
    model: once("toolChanged", { first: "ok", again: "ok" }),
  }),
  expire: ({ lane }) => ({
    ...expiring,
    // In one transaction that says whose it is, as those of the product do.
    ask: async ({ su }, target) => {
      await su.query(`BEGIN; SET LOCAL app.tenant = '${lane.place.ours.tenantId}'`)
      const reply = await expiring.ask({ su, crowd: lane.crowd }, target)
      await su.query("COMMIT")
      return reply
    },
  }),
}

function once(change: life.Around, { first, again }: Readonly<Record<"first" | "again", Answer>>) {
  return (approval: ModelApproval): Answer => {
    if (approval.around.has(change)) return again
    approval.around.add(change)
    return first
  }
}

/** Makes the lane's tool what it was. */
export async function restoreTool({ su, place }: Lane): Promise<void> {
  const columns = ["definition", "definition_hash", "status", "tier", "proposed_definition", "proposed_hash"]
  const { tenantId } = place.ours
  await su.query(
    `INSERT INTO test.tool SELECT * FROM tool t WHERE tenant_id = $1 AND name = $2 AND definition_hash <> $3
       AND NOT EXISTS (SELECT FROM test.tool s WHERE s.tenant_id = t.tenant_id)`,
    [tenantId, writeFile.name, toolHash(edited)],
  )
  await su.query(
    `UPDATE tool t SET ${columns.map((name) => `${name} = s.${name}`).join(", ")} FROM test.tool s
     WHERE t.tenant_id = $1 AND s.tenant_id = $1 AND t.name = s.name AND t.version = s.version AND t.server = s.server`,
    [tenantId],
  )
}
