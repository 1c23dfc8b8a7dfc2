import { parseStrictJson, type JsonValue } from "@deltaseal/guard/change"
import { expect, test } from "vitest"
import { tenantIdsIn } from "@/lib/policies/tenant-ids"

const id = "ten_01J00000000000000000000000"
const pathsIn = (input: JsonValue, marked: string[] = []) =>
  tenantIdsIn(input, new Set(marked))
    .map(({ path }) => path)
    .sort()

test.each<[string, JsonValue, string[]]>([
  ["a member named tenantId", { tenantId: "acme" }, ["/tenantId"]],
  ["a member named tenant_id", { tenant_id: "acme" }, ["/tenant_id"]],
  ["one deep inside", { a: [{ b: { tenantId: "x" } }] }, ["/a/0/b/tenantId"]],
  ["each of a list", { tenantId: ["x", "y"] }, ["/tenantId/0", "/tenantId/1"]],
  ["each of a list of lists", { tenantId: [["x"]] }, ["/tenantId/0/0"]],
  ["a number", { tenantId: 1 }, ["/tenantId"]],
  ["false", { tenantId: false }, ["/tenantId"]],
  ["null", { tenantId: null }, ["/tenantId"]],
  ["an object", { tenantId: { anything: "x" } }, ["/tenantId"]],
  ["an empty string", { tenantId: "" }, ["/tenantId"]],
  ["a string of the shape anywhere", { note: id, notes: [id] }, ["/note", "/notes/0"]],
  ["the input itself", id, [""]],
  ["a member's name", { [id]: 1 }, [`/${id}`]],
  ["names with slashes and tildes", { "a/b~c": { tenantId: "x" } }, ["/a~1b~0c/tenantId"]],
  [
    "names under __proto__",
    parseStrictJson(Buffer.from('{"__proto__":{"tenantId":"x"}}')),
    ["/__proto__/tenantId"],
  ],
])("finds %s", (_, input, paths) => {
  expect(pathsIn(input)).toEqual(paths)
})

test.each<[string, JsonValue]>([
  ["other members", { tenant: "acme", TenantId: "acme", tenantid: "acme" }],
  ["a shape inside a longer text", { note: `see ${id}.` }],
  ["ids of other kinds", { runId: "run_01J00000000000000000000000" }],
  ["an empty list", { tenantId: [] }],
  ["scalars", 7],
  ["null", null],
])("finds nothing in %s", (_, input) => {
  expect(pathsIn(input)).toEqual([])
})

test("finds what the schema marks, and everything in a marked list", () => {
  expect(pathsIn({ client: "acme" }, ["/client"])).toEqual(["/client"])
  expect(pathsIn({ clients: ["a", "b"] }, ["/clients"])).toEqual(["/clients/0", "/clients/1"])
  expect(pathsIn("acme", [""])).toEqual([""])
})

test("takes no longer for a deep or wide input than reading it", () => {
  let deep: JsonValue = "x"
  for (let level = 0; level < 60; level += 1) deep = { tenantId: [deep] }
  expect(tenantIdsIn(deep).length).toBeGreaterThan(0)
  expect(tenantIdsIn(Array.from({ length: 90_000 }, () => id))).toHaveLength(90_000)
})
