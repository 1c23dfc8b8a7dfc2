import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import type { Caller, Reply } from "../support/api"
import { aWrite, openRun, readFile } from "../support/calls"
import { agreeTo } from "../support/policies"
import { makeRecordTool } from "../support/records"
import { openedRun, renewToken } from "../support/run-tokens"
import { makeKey, makePerson, startWorld, type MadeKey, type World } from "../support/world"

let world: World
let admin: Caller
let key: MadeKey
let runId: string

beforeAll(async () => {
  world = await startWorld()
  admin = (await makePerson(world, { role: "admin" })).caller
  await makeRecordTool(world, "apply_patch", { tier: "T1_REVERSIBLE_WRITE" })
})

afterAll(() => world.close())

beforeEach(async () => {
  key = await makeKey(world)
  runId = await openRun(key.caller)
})

const ours = (path: string) => `/api/v1/tenants/${world.ours.tenantId}${path}`
const call = (who: Caller, body: object) => who.post("/api/v1/tool-calls", body)
const read = (who: Caller = key.caller) => call(who, { runId, tool: readFile, input: { path: "a" } })
const patch = () =>
  call(key.caller, {
    runId,
    tool: { server: "workspace", name: "apply_patch", version: "1.0.0" },
    input: { contactId: "c_1" },
    change: {
      parts: [
        {
          kind: "record",
          target: { system: "crm", type: "contact", id: "c_1" },
          before: { stage: "Lead", email: "a@b.example" },
          after: { stage: "MQL", email: "a@b.example" },
        },
      ],
    },
  })

/** What a call came to: the reason of a refusal, its code, or its decision. */
const said = ({ body }: Reply) => body.reasons?.[0]?.code ?? body.code ?? body.decision

/** The next call, and no later one, is decided under what an administrator just did. */
async function moves(
  ask: () => Promise<Reply>,
  from: string,
  act: () => Promise<Reply>,
  to: string,
): Promise<void> {
  expect([said(await ask()), said(await ask())]).toEqual([from, from])
  const done = await act()
  expect(done.status, done.text).toBeLessThan(300)
  expect([said(await ask()), said(await ask())]).toEqual([to, to])
}

const setTool = (name: string, body: object) => () => admin.patch(ours(`/tools/workspace/${name}`), body)
/** What loosens is in force once another administrator agrees. */
const agreed = (propose: () => Promise<Reply>) => async (): Promise<Reply> => {
  await propose()
  const owner = await world.as("owner")
  const [{ proposalId, hash }] = (await owner.get(ours("/proposals?status=open"))).body.items
  return owner.post(ours(`/proposals/${proposalId}/approve`), { hash })
}
const allow = (patchPaths: readonly string[] | null) => () =>
  admin.put(ours("/allowances/prod/workspace/apply_patch"), { patchPaths })

test("a record's fields are narrowed, then widened", async () => {
  await moves(patch, "allow", allow(["/email"]), "patch_path_not_allowed")
  await moves(patch, "patch_path_not_allowed", agreed(allow(["/stage"])), "allow")
  await moves(patch, "allow", allow([]), "patch_path_not_allowed")
  await agreed(allow(null))()
})

test("a tier is raised, then lowered: what was allowed waits for people, then does not", async () => {
  const tier = (tier: string) => setTool("apply_patch/1.0.0", { tier })
  await world.su.query("UPDATE tool SET pinned_by_id = $1 WHERE name = 'apply_patch'", [world.ours.ownerId])
  await moves(patch, "allow", tier("T2_IRREVERSIBLE_WRITE"), "pending")
  await moves(patch, "pending", agreed(tier("T1_REVERSIBLE_WRITE")), "allow")
})

test("a tool is suspended, made usable again, and offered in another shape by a key", async () => {
  const offer = {
    version: readFile.version,
    definition: { name: readFile.name, inputSchema: { type: "object" } },
  }
  const name = `${readFile.name}/${readFile.version}`
  await moves(() => read(), "allow", setTool(name, { status: "suspended" }), "tool_suspended")
  await moves(() => read(), "tool_suspended", setTool(name, { status: "active" }), "allow")
  await moves(
    () => read(),
    "allow",
    () => key.caller.put(`/api/v1/servers/workspace/tools/${readFile.name}`, offer),
    "tool_suspended",
  )
  await moves(() => read(), "tool_suspended", setTool(name, { status: "active" }), "allow")
})

test("a tool is no longer allowed, and is again", async () => {
  const place = ours(`/allowances/prod/workspace/${readFile.name}`)
  await moves(
    () => read(),
    "allow",
    () => admin.delete(place),
    "tool_not_allowed",
  )
  await moves(
    () => read(),
    "tool_not_allowed",
    async () => {
      const { body } = await admin.put(place, { patchPaths: null })
      return agreeTo(await world.as("owner"), ours(""), body.proposalId)
    },
    "allow",
  )
})

test("a client is suspended, and resumes", async () => {
  const status = (status: string) => () => admin.patch(ours(""), { status })
  await moves(() => read(), "allow", status("suspended"), "unauthenticated")
  await moves(() => read(), "unauthenticated", status("active"), "allow")
})

test("a key is bound to other addresses, and is not", async () => {
  const addresses = (addresses: readonly string[]) => () =>
    admin.patch(ours(`/keys/${key.keyId}`), { addresses })
  await moves(() => read(), "allow", addresses(["203.0.113.0/24"]), "unauthenticated")
  await moves(() => read(), "unauthenticated", addresses([]), "allow")
})

test.each<[string, () => Promise<Reply>]>([
  ["is rotated without an overlap", () => admin.post(ours(`/keys/${key.keyId}/rotate`), { overlapHours: 0 })],
  ["is revoked", () => admin.delete(ours(`/keys/${key.keyId}`))],
])("a key %s, and its run token with it", async (_, end) => {
  const { token } = openedRun(world, await renewToken(key.caller, runId))
  expect(said(await read(token))).toBe("allow")
  await moves(() => read(), "allow", end, "unauthenticated")
  expect(said(await read(token))).toBe("unauthenticated")
  expect((await call(token, aWrite(runId))).status).toBe(401)
})
