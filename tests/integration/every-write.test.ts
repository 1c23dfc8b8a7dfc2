import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { endpoints } from "@/lib/http/endpoints"
import { caller, type Caller } from "../support/api"
import { everyWrite } from "../support/every-write"
import { makePerson, startWorld, type World } from "../support/world"

let world: World

beforeAll(async () => {
  world = await startWorld()
})

afterAll(() => world.close())

const nameOf = ({ method, path }: (typeof endpoints)[number]["spec"]) => `${method.toUpperCase()} ${path}`
const callerOf = new Map(endpoints.map(({ spec }) => [nameOf(spec), spec.caller]))
const writes = Object.entries(everyWrite)
/** Founds the agency, so it needs an empty installation: tests/integration/setup.test.ts. */
const founding = "POST /setup"
/** Asks what a write would do, and writes nothing. */
const asking = [
  "POST /tenants/{tenantId}/policies/check",
  "POST /packs/check",
  "POST /packs/{packId}/versions/check",
  "POST /packs/{packId}/preview",
  "POST /approvals/{approvalId}/grant/preview",
  "POST /approvals/{approvalId}/partial/preview",
]
/** What a page tells of itself, for which there is no leaf: tests/integration/attention.test.ts. */
const counted = ["POST /approvals/{approvalId}/views"]

test("every write of the API is in the table", () => {
  const names = [...callerOf.keys()].filter(
    (name) => !name.startsWith("GET ") && name !== founding && ![...asking, ...counted].includes(name),
  )
  expect(Object.keys(everyWrite).sort()).toEqual(names.sort())
})

/** A digest of every row of every table; attempts that are counted are no effect. */
async function fingerprint(): Promise<unknown> {
  const { rows: tables } = await world.su.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
       AND relname <> 'sign_in_failure'`,
  )
  const digests = tables.map(
    ({ name }) => `(SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM "${name}" t) AS "${name}"`,
  )
  return (await world.su.query(`SELECT ${digests.join(", ")}`)).rows[0]
}

/** What the logs of all clients hold after something that they did not hold before. */
async function newLeaves<T>(work: () => Promise<T>): Promise<{ value: T; leaves: NewLeaf[] }> {
  const { rows: last } = await world.su.query("SELECT coalesce(max(sequence), 0) AS at FROM audit_leaf")
  const value = await work()
  const { rows: leaves } = await world.su.query<NewLeaf>(
    `SELECT type, tenant_id AS "tenantId", convert_from(leaf, 'UTF8')::jsonb -> 'fields' ->> 'action' AS action
     FROM audit_leaf WHERE sequence > $1`,
    [last[0].at],
  )

  return { value, leaves }
}

type NewLeaf = Readonly<{ type: string; tenantId: string; action: string | null }>

describe("when the log of one client cannot be written", () => {
  const repair = () =>
    world.owner.query("DROP TRIGGER IF EXISTS refuse ON audit_leaf; DROP FUNCTION IF EXISTS refuse_leaf()")

  afterEach(repair)

  test.each(writes)("%s does not happen, and happens with its leaf once it can", async (_, prepare) => {
    const { by, ask, succeeds } = await prepare(world)
    const before = await fingerprint()
    // A new client's log is its own.
    const others = [world.theirs.tenantId, world.demo.tenants[1]?.tenantId]
    await world.owner.query(
      `CREATE FUNCTION refuse_leaf() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'disk full'; END $$;
       CREATE TRIGGER refuse BEFORE INSERT ON audit_leaf FOR EACH ROW
       WHEN (NEW.tenant_id NOT IN ('${others.join("', '")}')) EXECUTE FUNCTION refuse_leaf()`,
    )
    const broken = await ask(by)
    expect(broken.status, broken.text).toBeGreaterThanOrEqual(500)
    expect(broken.text).not.toMatch(/disk full|leaf|trigger/)
    expect(await fingerprint()).toEqual(before)

    await repair()
    const { value, leaves } = await newLeaves(() => ask(by))
    expect([value.status, value.text]).toEqual([succeeds, value.text])
    expect(leaves.map(({ type }) => type)).not.toEqual([])
    expect(leaves.map(({ type }) => type)).not.toContain("request.refused")
  })
})

const named = (kinds: readonly string[]) =>
  writes.filter(([name]) => kinds.includes(callerOf.get(name) ?? ""))
const bySession = named(["session", "actor", "either"])

describe("from a page that is not ours, nothing is written:", () => {
  test.each(bySession.concat(named(["visitor"])))("%s", async (name, prepare) => {
    const { by, ask } = await prepare(world)
    if (by.headers["authorization"] !== undefined) return
    const isVisitor = callerOf.get(name) === "visitor"
    const before = await fingerprint()

    for (const [what, change] of [
      ["no origin", { origin: undefined }],
      ["a foreign origin", { origin: "https://evil.example" }],
      ["a foreign site", { "sec-fetch-site": "cross-site" }],
      ...(isVisitor ? [] : ([["no token", { "x-csrf-token": undefined }]] as const)),
    ] as const) {
      const headers = Object.entries({ ...by.headers, ...change }).filter(([, value]) => value !== undefined)
      const reply = await ask(caller(world.url, Object.fromEntries(headers) as Record<string, string>))
      expect([what, reply.status, reply.body.code]).toEqual([what, 403, "csrf_failed"])
    }
    const {
      audit_leaf: _leaves,
      audit_opening: _openings,
      ...rows
    } = (await fingerprint()) as Record<string, string>
    expect(before).toMatchObject(rows)
  })
})

describe("without a credential", () => {
  test.each(writes.filter(([name]) => callerOf.get(name) !== "visitor"))("%s is 401", async (_, prepare) => {
    const { ask } = await prepare(world)
    const before = await fingerprint()
    const nobody = caller(world.url, { origin: world.url, "sec-fetch-site": "same-origin" })
    expect(await ask(nobody)).toMatchObject({ status: 401, body: { code: "unauthenticated" } })
    expect(await fingerprint()).toEqual(before)
  })
})

/** What is about oneself alone needs no role. */
const own = ["PUT /session/password", "DELETE /sessions", "DELETE /sessions/{sessionId}"].concat(
  writes.flatMap(([name]) =>
    / \/session\/authenticator| \/account\/stand-ins|\/(break-glass|canary)\/seen$/.test(name) ? [name] : [],
  ),
)
const administration = named(["session", "actor", "either"]).filter(([name]) => !own.includes(name))

describe("an auditor is refused, with a leaf,", () => {
  let auditors: readonly Caller[]

  beforeAll(async () => {
    auditors = [
      (await makePerson(world, { role: "auditor" })).caller,
      (await makePerson(world, { role: "auditor", tenantId: world.ours.tenantId })).caller,
    ]
  })

  test.each(administration)("%s", async (name, prepare) => {
    const { ask } = await prepare(world)
    const before = await fingerprint()
    // Who has a part in a client only does not hear of what its agency keeps.
    for (const auditor of name.includes("{packId}") ? auditors.slice(0, 1) : auditors) {
      const { value, leaves } = await newLeaves(() => ask(auditor))
      expect([value.status, value.body.code]).toEqual([403, "forbidden"])
      expect(leaves.find(({ tenantId }) => tenantId === world.ours.tenantId)).toMatchObject({
        type: "request.refused",
        action: name,
      })
    }
    const {
      audit_leaf: _leaves,
      audit_opening: _openings,
      ...rows
    } = (await fingerprint()) as Record<string, string>
    expect(before).toMatchObject(rows)
  })
})
