import { randomBytes } from "node:crypto"
import { afterAll, beforeAll, expect, test } from "vitest"
import { callerOfSession, visitor, type Reply } from "../support/api"
import { openRunWithToken, renewToken } from "../support/run-tokens"
import { makeKey, makePerson, startWorld, type World } from "../support/world"

let world: World
/** Everything that was shown once or typed in. */
const secrets: Record<string, string> = {
  chosen: `chosen ${randomBytes(12).toString("hex")}`,
  next: `next ${randomBytes(12).toString("hex")}`,
  reset: `reset ${randomBytes(12).toString("hex")}`,
  wrong: `wrong ${randomBytes(12).toString("hex")}`,
  strange: randomBytes(32).toString("base64url"),
}
const replies: Reply[] = []

const keep = (reply: Reply) => {
  replies.push(reply)
  return reply
}

const breakLog = () => world.owner.query("REVOKE INSERT ON audit_leaf FROM deltaseal_app")
const repairLog = () => world.owner.query("GRANT INSERT ON audit_leaf TO deltaseal_app")

beforeAll(async () => {
  world = await startWorld()
  await people()
  await keysAndRuns()
})

afterAll(() => world.close())

const someone = { name: "New", email: "new@people.example", password: secrets["chosen"] }
/** What each way in by a link takes, but for the token. */
const ways = {
  "/setup": { ...someone, agencyName: "A", clientName: "B" },
  "/password-resets/use": { password: secrets["reset"] },
  "/invitations/accept": { name: someone.name, password: someone.password },
}
type Way = keyof typeof ways
const asAnother: (readonly [Way, Reply])[] = []

/** A link that is shown once, tried as what it is not, with the log broken, and as it is meant. */
async function spendLink(name: string, made: Reply, meant: Way): Promise<Reply> {
  const token = String(made.body.link).split("/").at(-1) ?? ""
  secrets[name] = token
  const present = (way: Way) => visitor(world.url).post(`/api/v1${way}`, { ...ways[way], token })
  for (const way of Object.keys(ways) as Way[]) {
    if (way !== meant) asAnother.push([way, keep(await present(way))])
  }
  await breakLog()
  keep(await present(meant))
  await repairLog()

  return keep(await present(meant))
}

async function people(): Promise<void> {
  const owner = await world.as("owner")
  const invited = await owner.post("/api/v1/invitations", { email: someone.email, role: "reviewer" })
  const { body } = await spendLink("invitation", invited, "/invitations/accept")
  const { personId, membershipId } = body
  const sessionId = `ses_${String(personId).slice(4)}`
  await world.su.query(
    "INSERT INTO session SELECT $1, $2, now(), now() + interval '1 hour', now() + interval '1 hour'",
    [sessionId, personId],
  )
  const person = await callerOfSession(world.url, sessionId)
  const change = { current: secrets["chosen"], next: secrets["next"] }
  keep(await person.put("/api/v1/session/password", { ...change, current: secrets["wrong"] }))
  keep(await person.put("/api/v1/session/password", { ...change, next: "x", surplus: secrets["next"] }))
  await breakLog()
  keep(await person.put("/api/v1/session/password", change))
  await repairLog()
  keep(await person.put("/api/v1/session/password", change))

  const link = await owner.post(`/api/v1/members/${membershipId}/reset-link`)
  await spendLink("resetLink", link, "/password-resets/use")
  keep(
    await visitor(world.url).post("/api/v1/password-resets/use", {
      token: secrets["strange"],
      password: "x",
    }),
  )
  for (const path of ["/invitations", "/members", "/sessions", "/session"])
    keep(await owner.get(`/api/v1${path}`))
}

async function keysAndRuns(): Promise<void> {
  const admin = (await makePerson(world, { role: "admin" })).caller
  const path = `/api/v1/tenants/${world.ours.tenantId}/keys`
  const made = await admin.post(path, { name: "k", environments: ["prod"], scopes: ["request", "poll"] })
  const rotated = await admin.post(`${path}/${made.body.key.keyId}/rotate`, {})
  secrets["key"] = made.body.apiKey
  secrets["successor"] = rotated.body.apiKey
  keep(await admin.post(`${path}/${made.body.key.keyId}/rotate`, {}))
  keep(await admin.get(path))
  keep(await admin.get(`${path}/${rotated.body.key.keyId}`))

  const { caller } = await makeKey(world)
  const { runId, text, token } = await openRunWithToken(world, caller)
  secrets["runToken"] = text
  secrets["renewed"] = (await renewToken(token, runId)).body.runToken
  keep(await token.post("/api/v1/runs", { environment: "prod", workflow: "w", actor: { agent: "a" } }))
  await breakLog()
  keep(await renewToken(token, runId))
  await repairLog()
  keep(await caller.get(`/api/v1/runs/${runId}`))
  keep(await caller.get(`/api/v1/runs/${runId}/events`))
}

const foundIn = (text: string) =>
  Object.entries(secrets)
    .filter(([, secret]) => text.includes(secret))
    .map(([name]) => name)

test("there was something to hide, and each way of failing was gone", () => {
  expect(Object.values(secrets).every((secret) => secret.length >= 17)).toBe(true)
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200, 201, 403, 409, 410, 422, 500]))
})

test("a link of one kind is worthless as another", () => {
  expect(asAnother).toHaveLength(4)
  for (const [way, { status, body }] of asAnother)
    expect([way, status, body.code]).toEqual([way, 410, "link_expired"])
})

test("no other answer repeats a link's secret, a password, a key or a run token", () => {
  for (const { status, text, headers } of replies) {
    expect([status, foundIn(text + JSON.stringify([...headers]))]).toEqual([status, []])
  }
})

test("no row of the database holds one, the log included", async () => {
  const { rows: tables } = await world.su.query<{ name: string }>(
    "SELECT oid::regclass::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
  )
  for (const { name } of tables) {
    const { rows } = await world.su.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${name} t`)
    expect([name, foundIn(rows.map(({ row }) => row).join("\n"))]).toEqual([name, []])
  }
  const { rows } = await world.su.query(
    "SELECT string_agg(encode(leaf, 'escape'), '') AS leaves FROM audit_leaf",
  )
  expect(foundIn(rows[0].leaves)).toEqual([])
})

test("the process log holds none", () => {
  expect(world.logs()).toContain("request failed")
  expect(foundIn(world.logs())).toEqual([])
})
