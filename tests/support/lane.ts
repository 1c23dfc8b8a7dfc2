import { toolHash, type ToolDefinition } from "@deltaseal/guard/change"
import pg from "pg"
import { newId } from "@/lib/operations/new-id"
import type { Caller } from "./api"
import type { Cluster } from "./api-processes"
import { spending } from "./approval-deeds"
import { openRun, writeFile } from "./calls"
import { atEach, gatherCrowdOf, oneOrTwo, type Crowd } from "./crowd"
import { askFor, at, perform, targetOf, type Target } from "./deeds"
import { addApproval, newLife, type Life } from "./lifecycle-model"
import { pausesOf, type Lookout, type Pauses } from "./pauses"
import { breaking, showTo, voting } from "./people-deeds"
import { putInForce } from "./rules"
import { makeKey, makePerson, secondAgency, type Place, type Side } from "./world"

/** A client of its own, in which one thing is tried after the other while other lanes do the same. */
export type Lane = Readonly<{
  cluster: Cluster
  place: Place
  crowd: Crowd
  /** Which of the processes it asks. */
  node: number
  /** The lane's own connection. */
  su: pg.Client
  pauses: Pauses
  originals: Readonly<Record<Start, Target>>
}>

/** How an approval stands when two operations meet at it. */
export type Start = "pending" | "pendingForTwo" | "approved" | "consumed"

/** An approval of its own, with whoever is about to be revoked or removed. */
export type Case = Readonly<{
  lane: Lane
  crowd: Crowd
  target: Target
  /** What is decided together with it. */
  beside: Target | null
  life: Life
  keyId: string
  membershipId: string
  policyVersion: number
}>

type Opening = Readonly<{ number: number; theirs: Side; look: () => Promise<Lookout> }>

export async function openLane(cluster: Cluster, { number, theirs, look }: Opening): Promise<Lane> {
  const [url = ""] = cluster.urls
  const su = new pg.Client({ connectionString: cluster.superuserUrl })
  await su.connect()
  const ours: Side = await secondAgency({ url }, su)
  const crowd = await gatherCrowdOf(cluster, ours, su, theirs)
  const original = (workflow: string) => askAnew(crowd, { workflow, step: "original" })
  const [pending, pendingForTwo, approved] = [
    await original("one"),
    await original("two"),
    await original("one"),
  ]
  await approveIt(crowd, approved)

  return {
    ...{ cluster, crowd, su, node: number % cluster.urls.length },
    originals: { pending, pendingForTwo, approved, consumed: approved },
    place: { su, url, ours },
    pauses: await pausesOf({ su, tenantId: ours.tenantId, lock: number, look }),
  }
}

const change = { label: "lane", number: 0 }

async function askAnew(crowd: Crowd, work: object): Promise<Target> {
  const asking = at(crowd.keys.asking, 0)
  const runId = await openRun(asking, { operator: crowd.operatorId, ...work })
  const reply = await askFor(asking, runId, change)
  if (reply.status !== 202) throw new Error(reply.text)
  const { approval } = reply.body

  return targetOf(approval, { name: "it", laterRunId: "", change, standInId: "", node: 0 })
}

async function approveIt(crowd: Crowd, { approvalId, changeHash }: Target): Promise<void> {
  const body = { decision: "approve", changeHash }
  const voted = await at(crowd.people.admin, 0).post(`/api/v1/approvals/${approvalId}/votes`, body)
  if (voted.status !== 200) throw new Error(voted.text)
}

let opened = 0

/** @param around what is about to be done about it, or to change around it */
export async function openCase(lane: Lane, start: Start, around: ReadonlySet<string>): Promise<Case> {
  const { place, cluster, node } = lane
  const key = around.has("key revoked") ? await makeKey(place) : null
  const { tenantId } = place.ours
  const first = around.has("member removed") ? await makePerson(place, { role: "reviewer", tenantId }) : null
  await settlePolicy(place, around)
  const asEverywhere = (caller: Caller) => atEach(cluster.urls, caller)
  const crowd: Crowd = {
    ...lane.crowd,
    keys: { ...lane.crowd.keys, ...(key && { asking: asEverywhere(key.caller) }) },
    people: { ...lane.crowd.people, ...(first && { first: asEverywhere(first.caller) }) },
  }
  const workflow = start === "pendingForTwo" ? "two" : "one"
  const inPart = around.has("approve in part")
  // Where nothing else was asked for, so that nothing is carried over from there.
  const work = { workflow, ...((inPart || around.has("ask again")) && { step: `case-${(opened += 1)}` }) }
  const copied = inPart ? await askAnew(crowd, work) : await copyIn(lane, start, work, key?.keyId)
  if (inPart && (start === "approved" || start === "consumed")) await approveIt(crowd, copied)
  const beside = around.has("decide together")
    ? { ...(await copyIn(lane, start, { workflow }, key?.keyId)), name: "beside", node }
    : null
  const laterRunId = around.has("ask again")
    ? await openRun(at(crowd.keys.asking, node), { operator: crowd.operatorId, ...work })
    : ""
  const life = newLife(workflow === "two" ? 2 : 1)
  const made: Case = {
    ...{ lane, crowd, beside, life, keyId: key?.keyId ?? "", membershipId: first?.membershipId ?? "" },
    target: { ...copied, laterRunId, node, standInId: await standInFor(lane, life, around) },
    policyVersion: await policyVersionOf(lane),
  }
  return prepared(made, start, around)
}

/** Clients in which the policy denies everything since a case that published it. */
const denying = new WeakSet<Place>()

async function settlePolicy(place: Place, around: ReadonlySet<string>): Promise<void> {
  const isRuled = ["policy published", "approve in part", "ask again"].some((name) => around.has(name))
  if (isRuled && denying.delete(place)) await putInForce(place, oneOrTwo)
  if (around.has("policy published")) denying.add(place)
}

/** Brings it where the two are to meet it, in the model as in the world. */
async function prepared(made: Case, start: Start, around: ReadonlySet<string>): Promise<Case> {
  const { lane, crowd, target, beside, life } = made
  const means = { crowd, su: lane.su }
  const it = addApproval(life, { name: "it", parts: target.parts })
  const besideIt = beside && addApproval(life, { name: "beside", parts: beside.parts, run: 2, change: 1 })
  if (start === "approved" || start === "consumed") {
    const approves = voting("admin", "approve")
    for (const one of [it, besideIt]) if (one !== null) approves.model(one, { executionId: null })
  }
  if (beside !== null && besideIt !== null) {
    await showTo(lane.su, [target, beside], [crowd.ids.second])
    for (const { seenBy } of [it, besideIt]) seenBy.add("second")
  }
  const isConfirmed = around.has("confirm break-glass") || around.has("withdraw break-glass")
  if (isConfirmed && !around.has("begin break-glass") && start.startsWith("pending")) {
    const begun = await perform(breaking("admin"), means, target)
    if (begun?.act.model(life) !== begun?.answer) throw new Error(`No glass: ${String(begun?.answer)}`)
  }
  if (start !== "consumed") return made

  const spent = await perform(spending("asking", 1), means, target)
  if (spent?.answer !== "ok") throw new Error(`It could not be spent: ${String(spent?.answer)}`)
  spent.act.model(life)
  return { ...made, target: { ...target, executionId: spent.executionId } }
}

/** An approval that stands so, in a run of its own. */
async function copyIn(
  { su, originals }: Lane,
  start: Start,
  { step = null }: Readonly<{ workflow: string; step?: string | null }>,
  keyId: string | null = null,
): Promise<Target> {
  const original = originals[start]
  const ids = { runId: newId("run"), approvalId: newId("approval") }
  await su.query({
    name: "copy",
    text: "SELECT FROM test.copy($1, $2, $3, $4, $5, $6)",
    values: [original.approvalId, ids.runId, newId("call"), ids.approvalId, keyId, step],
  })
  return { ...original, ...ids }
}

/** The chief is there, unless somebody votes in their place or they are about to come back. */
async function standInFor(
  { su, crowd }: Lane,
  { around: now }: Life,
  around: ReadonlySet<string>,
): Promise<string> {
  const [votes, begins, ends] = ["stand-in votes", "stand-in begins", "stand-in ends"].map((name) =>
    around.has(name),
  )
  if (votes !== true && begins !== true && ends !== true) return ""
  const { chief, deputy } = crowd.ids
  const sql = "UPDATE stand_in SET ended_at = clock_timestamp() WHERE absent_id = $1 AND ended_at IS NULL"
  await su.query(sql, [chief])
  if (ends !== true && begins === true) return ""

  const standInId = newId("standIn")
  await su.query(
    `INSERT INTO stand_in (stand_in_id, agency_id, absent_id, person_id, starts_at, ends_at)
     VALUES ($1, $2, $3, $4, now() - interval '1 minute', now() + interval '5 days')`,
    [standInId, crowd.agencyId, chief, deputy],
  )
  now.add("chiefAway")
  return standInId
}

async function policyVersionOf({ su, place }: Lane): Promise<number> {
  const { rows } = await su.query<{ version: number }>(
    "SELECT policy_version AS version FROM tenant WHERE tenant_id = $1",
    [place.ours.tenantId],
  )
  return rows[0]?.version ?? 0
}

/** Gives an approval's copy a run of its own, and all that belongs to it. */
export async function installCopies(su: pg.Client): Promise<void> {
  const copy = (table: string, changes: string, where: string) =>
    `INSERT INTO ${table} SELECT (jsonb_populate_record(t, ${changes})).* FROM ${table} t WHERE ${where};`
  const ofCall = "t.call_id = v_from.call_id"
  await su.query(`
    CREATE SCHEMA IF NOT EXISTS test;
    CREATE FUNCTION test.copy(p_from text, p_run_id text, p_call_id text, p_approval_id text, p_key_id text,
      p_step text DEFAULT NULL)
    RETURNS SETOF public.approval LANGUAGE plpgsql SET search_path = public AS $$
    DECLARE
      v_from approval;
      v_ids jsonb := jsonb_strip_nulls(jsonb_build_object(
        'run_id', p_run_id, 'call_id', p_call_id, 'approval_id', p_approval_id, 'key_id', p_key_id, 'step', p_step));
    BEGIN
      SELECT * INTO v_from FROM approval WHERE approval_id = p_from;
      SELECT v_ids || jsonb_build_object('policy_version', policy_version, 'place', NULL) INTO v_ids
      FROM tenant WHERE tenant_id = v_from.tenant_id;
      -- Only what is asked for again is looked for among what was decided.
      IF p_step IS NULL THEN v_ids := v_ids || jsonb_build_object('carry_hash', p_approval_id); END IF;
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

export const edited: ToolDefinition = {
  name: writeFile.name,
  description: "Something else.",
  inputSchema: { type: "object" },
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
