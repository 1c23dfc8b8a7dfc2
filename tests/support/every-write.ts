import { hashPassword } from "@/lib/members/passwords"
import { visitor, type Caller, type Reply } from "./api"
import { approve, aWrite, openRun, pendingWrite, spend } from "./calls"
import { anOutcome, approvedWrite, consumedWrite } from "./deciding"
import { packWrites } from "./pack-operations"
import { attentionWrites } from "./attention-operations"
import { authenticatorWrites } from "./authenticator-writes"
import { breakGlassWrites } from "./break-glass-writes"
import { canaryWrites } from "./canaries"
import { planWrites } from "./plan-operations"
import { partialWrites } from "./partials"
import { policyWrites } from "./policy-writes"
import { makeKey, makePerson, makeTool, type World } from "./world"

/** One write, prepared: who may make it, how anybody asks for it, and what a success answers. */
export type Write = Readonly<{ by: Caller; ask: (who: Caller) => Promise<Reply>; succeeds: number }>

const aRun = { environment: "prod", workflow: "nightly", actor: { agent: "claude" } }
const aDefinition = { version: "1.0.0", definition: { name: "waits", inputSchema: { type: "object" } } }
const inWorkspace = "workspace/waits/1.0.0"
export const password = "a password that is known"

/** Every write of the REST API but the first of all, which founds the agency. */
export const everyWrite: Readonly<Record<string, (world: World) => Promise<Write>>> = {
  "PUT /session/password": async (world) => {
    const { caller: by } = await signedUp(world)
    const body = { current: password, next: `${password}, not` }
    return { by, ask: (who) => who.put("/api/v1/session/password", body), succeeds: 200 }
  },
  "POST /password-resets/use": async (world) => {
    const { membershipId } = await signedUp(world)
    const made = await (await ownerOf(world)).post(`/api/v1/members/${membershipId}/reset-link`)
    const body = { token: tokenIn(made.body.link), password: `${password}, not` }
    return byVisitor(world, (who) => who.post("/api/v1/password-resets/use", body), 200)
  },
  ...authenticatorWrites,
  ...breakGlassWrites,
  ...canaryWrites,
  ...partialWrites,
  "DELETE /sessions": async (world) => {
    const { caller: by } = await signedUp(world)
    return { by, ask: (who) => who.delete("/api/v1/sessions"), succeeds: 200 }
  },
  "DELETE /sessions/{sessionId}": async (world) => {
    const { caller: by, sessionId } = await signedUp(world)
    return { by, ask: (who) => who.delete(`/api/v1/sessions/${sessionId}`), succeeds: 200 }
  },
  "POST /tenants": (world) => byOwner(world, (who) => who.post("/api/v1/tenants", { name: "New" }), 201),
  "PATCH /tenants/{tenantId}": (world) => {
    const name = `Renamed ${Math.random()}`
    return byOwner(world, (who) => who.patch(`/api/v1/tenants/${world.ours.tenantId}`, { name }))
  },
  "PATCH /members/{membershipId}": async (world) => {
    const { membershipId } = await signedUp(world)
    return byOwner(world, (who) => who.patch(`/api/v1/members/${membershipId}`, { role: "auditor" }))
  },
  "DELETE /members/{membershipId}": async (world) => {
    const { membershipId } = await signedUp(world)
    return byOwner(world, (who) => who.delete(`/api/v1/members/${membershipId}`))
  },
  "DELETE /members/{membershipId}/sessions": async (world) => {
    const { membershipId } = await signedUp(world)
    return byOwner(world, (who) => who.delete(`/api/v1/members/${membershipId}/sessions`))
  },
  "POST /members/{membershipId}/reset-link": async (world) => {
    const { membershipId } = await signedUp(world)
    return byOwner(world, (who) => who.post(`/api/v1/members/${membershipId}/reset-link`), 201)
  },
  "POST /invitations": (world) =>
    byOwner(world, (who) => who.post("/api/v1/invitations", anInvitation(world)), 201),
  "POST /invitations/accept": async (world) => {
    const made = await (await ownerOf(world)).post("/api/v1/invitations", anInvitation(world))
    const body = { token: tokenIn(made.body.link), name: "New Person", password }
    return byVisitor(world, (who) => who.post("/api/v1/invitations/accept", body), 201)
  },
  "DELETE /invitations/{invitationId}": async (world) => {
    const made = await (await ownerOf(world)).post("/api/v1/invitations", anInvitation(world))
    const { invitationId } = made.body.invitation
    return byOwner(world, (who) => who.delete(`/api/v1/invitations/${invitationId}`))
  },
  "POST /runs": (world) => byKey(world, (who) => who.post("/api/v1/runs", aRun), 201),
  "POST /runs/{runId}/token": async (world) => {
    const runId = await openRun(world.ours.key)
    return byKey(world, (who) => who.post(`/api/v1/runs/${runId}/token`))
  },
  "POST /runs/{runId}/close": async (world) => {
    const runId = await openRun(world.ours.key)
    return byOwner(world, (who) => who.post(`/api/v1/runs/${runId}/close`))
  },
  "POST /runs/{runId}/taint": async (world) => {
    const runId = await openRun(world.ours.key)
    return byKey(world, (who) => who.post(`/api/v1/runs/${runId}/taint`))
  },
  "POST /tool-calls": async (world) => {
    const runId = await openRun(world.ours.key)
    return byKey(world, (who) => who.post("/api/v1/tool-calls", aWrite(runId)), 202)
  },
  "POST /approvals/{approvalId}/votes": async (world) => {
    const pending = await pendingWrite(world.ours.key)
    const { caller: by } = await makePerson(world, { role: "reviewer" })
    return { by, ask: (who) => approve(who, pending), succeeds: 200 }
  },
  "DELETE /approvals/{approvalId}/votes/mine": async (world) => {
    const { caller: by } = await makePerson(world, { role: "reviewer" })
    const { approvalId } = await approvedWrite(world.ours.key, by)
    return { by, ask: (who) => who.delete(`/api/v1/approvals/${approvalId}/votes/mine`), succeeds: 200 }
  },
  "POST /approvals/{approvalId}/comments": async (world) => {
    const { approvalId } = await pendingWrite(world.ours.key)
    const { caller: by } = await makePerson(world, { role: "reviewer" })
    const path = `/api/v1/approvals/${approvalId}/comments`
    return { by, ask: (who) => who.post(path, { text: "Is this the right page?" }), succeeds: 201 }
  },
  "POST /approvals/{approvalId}/consume": async (world) => {
    const { caller: reviewer } = await makePerson(world, { role: "reviewer" })
    const pending = await approvedWrite(world.ours.key, reviewer)
    return byKey(world, (who) => spend(who, pending))
  },
  "POST /approvals/{approvalId}/cancel": async (world) => {
    const { approvalId } = await pendingWrite(world.ours.key)
    return byOwner(world, (who) => who.post(`/api/v1/approvals/${approvalId}/cancel`))
  },
  "POST /executions/{executionId}/outcome": async (world) => {
    const { caller: reviewer } = await makePerson(world, { role: "reviewer" })
    const { executionId } = await consumedWrite(world.ours.key, reviewer)
    return byKey(world, (who) => who.post(`/api/v1/executions/${executionId}/outcome`, anOutcome))
  },
  "POST /tenants/{tenantId}/keys": (world) => {
    const body = { name: "k", environments: ["dev"], scopes: ["poll"] }
    return byOwner(world, (who) => who.post(`${tenantPath(world)}/keys`, body), 201)
  },
  "PATCH /tenants/{tenantId}/keys/{keyId}": async (world) => {
    const { keyId } = await makeKey(world)
    return byOwner(world, (who) => who.patch(`${tenantPath(world)}/keys/${keyId}`, { name: "renamed" }))
  },
  "POST /tenants/{tenantId}/keys/{keyId}/rotate": async (world) => {
    const { keyId } = await makeKey(world)
    return byOwner(world, (who) => who.post(`${tenantPath(world)}/keys/${keyId}/rotate`, {}), 201)
  },
  "DELETE /tenants/{tenantId}/keys/{keyId}": async (world) => {
    const { keyId } = await makeKey(world)
    return byOwner(world, (who) => who.delete(`${tenantPath(world)}/keys/${keyId}`))
  },
  "PUT /servers/{server}/tools/{name}": (world) => {
    const body = { ...aDefinition, version: `1.0.${Math.floor(Math.random() * 1e9)}` }
    return byKey(world, (who) => who.put("/api/v1/servers/workspace/tools/waits", body))
  },
  "POST /tenants/{tenantId}/tools/{server}/{name}/{version}/accept": async (world) => {
    await world.su.query("DELETE FROM tool WHERE name = 'waits'")
    const { body } = await world.ours.key.put("/api/v1/servers/workspace/tools/waits", aDefinition)
    const given = { definitionHash: body.tool.offeredHash, tier: "T0_READ" }
    return byOwner(world, (who) => who.post(`${tenantPath(world)}/tools/${inWorkspace}/accept`, given))
  },
  "PATCH /tenants/{tenantId}/tools/{server}/{name}/{version}": async (world) => {
    const name = `tool_${Math.floor(Math.random() * 1e9)}`
    await makeTool(world, { name })
    const path = `${tenantPath(world)}/tools/workspace/${name}/1.0.0`
    return byOwner(world, (who) => who.patch(path, { status: "suspended" }))
  },
  "PUT /tenants/{tenantId}/allowances/{environment}/{server}/{name}": (world) =>
    byOwner(world, (who) => who.put(`${tenantPath(world)}/allowances/dev/workspace/list_files`, anywhere)),
  "DELETE /tenants/{tenantId}/allowances/{environment}/{server}/{name}": async (world) => {
    const path = `${tenantPath(world)}/allowances/dev/workspace/list_files`
    await (await ownerOf(world)).put(path, anywhere)
    return byOwner(world, (who) => who.delete(path))
  },
  "POST /kill": async (world) => {
    const { runId } = await pendingWrite(world.ours.key)
    const body = { scope: "run", ids: [runId], reason: "It ran wild." }
    return byOwner(world, (who) => who.post("/api/v1/kill", body))
  },
  "DELETE /kill/{stopId}": async (world) => {
    const name = `tool_${Math.floor(Math.random() * 1e9)}`
    await makeTool(world, { name })
    const ids = [`${world.ours.tenantId}/workspace/${name}`]
    const owner = await ownerOf(world)
    const { body } = await owner.post("/api/v1/kill", { scope: "tool", ids, reason: "It ran wild." })
    return byOwner(world, (who) => who.delete(`/api/v1/kill/${body.stopped[0].stopId}`))
  },
  "POST /epochs/{number}/dismiss": async (world) => {
    const number = 2 + Math.floor(Math.random() * 1e9)
    await world.su.query(
      `INSERT INTO epoch_start (tenant_id, number, epoch, because, cancelled, closed_runs)
       VALUES ($1, $2, 1, 'behind', 0, 0)`,
      [world.ours.tenantId, number],
    )
    return byOwner(world, (who) => who.post(`/api/v1/epochs/${number}/dismiss`))
  },
  ...attentionWrites,
  ...planWrites,
  ...policyWrites,
  ...packWrites,
}

const anywhere = { patchPaths: null }

function tenantPath({ ours }: World): string {
  return `/api/v1/tenants/${ours.tenantId}`
}

function anInvitation({ ours }: World): object {
  return {
    email: `new${Math.floor(Math.random() * 1e9)}@people.example`,
    role: "reviewer",
    tenantId: ours.tenantId,
  }
}

function tokenIn(link: unknown): string {
  return String(link).split("/").at(-1) ?? ""
}

/** A reviewer of our first tenant who has a password and is signed in twice. */
async function signedUp(world: World) {
  const person = await makePerson(world, { role: "reviewer", tenantId: world.ours.tenantId })
  hash ??= await hashPassword(password)
  await world.su.query("UPDATE person SET password_hash = $2 WHERE person_id = $1", [person.personId, hash])

  return person
}

let hash: string | undefined

async function ownerOf(world: World): Promise<Caller> {
  return world.as("owner")
}

async function byOwner(world: World, ask: Write["ask"], succeeds = 200): Promise<Write> {
  return { by: await ownerOf(world), ask, succeeds }
}

function byKey({ ours }: World, ask: Write["ask"], succeeds = 200): Promise<Write> {
  return Promise.resolve({ by: ours.key, ask, succeeds })
}

function byVisitor({ url }: World, ask: Write["ask"], succeeds: number): Promise<Write> {
  return Promise.resolve({ by: visitor(url), ask, succeeds })
}
