import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { approve, pendingWrite, spend, writeFile } from "../support/calls"
import { approvedWrite, typesFor } from "../support/deciding"
import { agreeTo } from "../support/policies"
import { codeOf, openToolbox, type Toolbox } from "../support/tools"
import { newLeaves, startWorld, type World } from "../support/world"

let world: World
let key: Toolbox["key"]
let admin: Toolbox["admin"]
let base: Toolbox["base"]
let pathOf: Toolbox["pathOf"]
let accepted: Toolbox["accepted"]

beforeAll(async () => {
  world = await startWorld()
  ;({ key, admin, base, pathOf, accepted } = await openToolbox(world))
})

afterAll(() => world.close())

describe("an approval under a tool that changed", () => {
  const path = () => `${base}/tools/${writeFile.server}/${writeFile.name}/${writeFile.version}`

  test.each<[string, () => Promise<unknown>, () => Promise<unknown>]>([
    [
      "another definition",
      () =>
        key.put("/api/v1/servers/workspace/tools/write_file", {
          version: "1.4.0",
          definition: { name: "write_file" },
        }),
      () => admin.patch(path(), { status: "active" }),
    ],
    [
      "another tier",
      () => admin.patch(path(), { tier: "T4_IDENTITY_MONEY_OUTBOUND" }),
      // A second person would have to approve this; here only what it comes to matters.
      () => world.su.query("UPDATE tool SET tier = 'T2_IRREVERSIBLE_WRITE' WHERE name = 'write_file'"),
    ],
  ])("is stale when it is spent: %s", async (_, change, undo) => {
    const approved = await approvedWrite(key, await world.as("reviewer"))
    await change()
    expect(codeOf(await spend(key, approved))).toEqual([409, "tool_changed"])
    await undo()
    expect(codeOf(await spend(key, approved))).toEqual([409, "stale"])
    expect(await typesFor(world, approved)).toContain("approval.stale")
  })

  test("is cancelled when a person suspends the tool, and stays so", async () => {
    const approved = await approvedWrite(key, await world.as("reviewer"))
    await admin.patch(path(), { status: "suspended" })
    expect(codeOf(await spend(key, approved))).toEqual([409, "cancelled"])
    await admin.patch(path(), { status: "active" })
    expect(codeOf(await spend(key, approved))).toEqual([409, "cancelled"])
  })

  test("is cancelled when the tool is no longer allowed where it runs", async () => {
    const place = `${base}/allowances/prod/workspace/write_file`
    const approved = await approvedWrite(key, await world.as("reviewer"))
    const { value, leaves } = await newLeaves(world, () => admin.delete(place))
    expect(value.body).toMatchObject({ environment: "prod", isAllowed: false })
    expect(leaves.map(({ body }) => [body.type, body.fields["environment"]])).toEqual([
      ["tool.disallowed", "prod"],
    ])
    expect(codeOf(await spend(key, approved))).toEqual([409, "policy_changed"])

    const again = (await admin.put(place, { patchPaths: null })).body
    expect(again).toMatchObject({ isAllowed: false, proposalId: expect.any(String) })
    await agreeTo(await world.as("owner"), base, again.proposalId)
    const pending = await pendingWrite(key)
    await approve(await world.as("reviewer"), pending)
    expect((await spend(key, pending)).status).toBe(200)
  })

  test("is counted on the tool's page while it is open", async () => {
    const before = (await admin.get(path())).body.openApprovals
    await pendingWrite(key)
    expect((await admin.get(path())).body.openApprovals).toBe(Number(before) + 1)
  })
})

describe("allowing", () => {
  test("names the record fields, keeps null apart from none, and is recorded", async () => {
    const name = await accepted()
    const place = `${base}/allowances/dev/notes/${name}`
    for (const patchPaths of [null, ["/a", "/b~1c/d"], []]) {
      const { value, leaves } = await newLeaves(world, () => admin.put(place, { patchPaths }))
      expect(value.body).toMatchObject({ environment: "dev", patchPaths, isAllowed: true })
      expect((await admin.get(pathOf(name))).body.allowedIn).toEqual([{ environment: "dev", patchPaths }])
      expect(leaves.map(({ body }) => body.type)).toEqual(["tool.allowed"])
    }
  })

  test.each([
    ["no slash", ["a"], "/patchPaths/0"],
    ["the whole record", [""], "/patchPaths/0"],
    ["a loose tilde", ["/a", "/b~2"], "/patchPaths/1"],
    ["a tilde at the end", ["/b~"], "/patchPaths/0"],
    ["one twice", ["/a", "/a"], "/patchPaths/1"],
    ["U+0000", ["/a\u0000"], "/patchPaths/0"],
    ["too many", Array.from({ length: 101 }, (_, at) => `/${at}`), "/patchPaths"],
  ])("by %s is invalid_pointer", async (_, patchPaths, path) => {
    const name = await accepted()
    const { status, body } = await admin.put(`${base}/allowances/dev/notes/${name}`, { patchPaths })
    expect([status, body.code, body.reasons[0].path]).toEqual([422, "invalid_pointer", path])
  })

  test("of what is not registered, or no longer allowed, is not found", async () => {
    const place = `${base}/allowances/dev/notes/nobody`
    expect((await admin.put(place, { patchPaths: null })).status).toBe(404)
    expect((await admin.delete(place)).status).toBe(404)
  })
})

test("the list goes on from its cursor, each tool once, in order", async () => {
  const names = Array.from({ length: 205 }, (_, at) => `many_${String(at).padStart(3, "0")}`)
  await world.su.query(
    `INSERT INTO tool (tenant_id, server, name, version, definition, definition_hash)
     SELECT $1, 'zz', name, '1', '{}', 'h' FROM unnest($2::text[]) AS name`,
    [world.ours.tenantId, names],
  )
  const first = (await admin.get(`${base}/tools`)).body
  expect(first.items).toHaveLength(200)
  const rest = (await admin.get(`${base}/tools?cursor=${encodeURIComponent(first.nextCursor)}`)).body
  const listed = [...first.items, ...rest.items].filter(({ server }: { server: string }) => server === "zz")
  expect(listed.map(({ name }: { name: string }) => name)).toEqual(names)
  expect(rest.nextCursor).toBeNull()
  expect(codeOf(await admin.get(`${base}/tools?cursor=nothing`))).toEqual([422, "invalid_cursor"])
})
