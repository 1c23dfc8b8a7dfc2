import { expect, test } from "vitest"
import { patchPathReasons } from "@/lib/policies/patch-paths"

const allowed = ["/lifecycleStage", "/owner", "/notes"]
const at = (field: string) => ({ field, path: "/change/parts/0" })
const refused = (fields: readonly string[], prefixes: readonly string[] | null = allowed) =>
  patchPathReasons(prefixes, fields.map(at))

test.each([
  ["an allowed field", ["/lifecycleStage", "/owner"], allowed],
  ["what is below an allowed field", ["/notes/0/text"], allowed],
  ["anything where nothing is restricted", ["/email", ""], null],
  ["anything below the whole record, where that is allowed", ["/email", ""], [""]],
  ["no field at all", [], []],
])("lets a tool change %s", (_, fields, prefixes) => {
  expect(refused(fields, prefixes)).toEqual([])
})

test.each([
  ["a field that is not on the list", "/email", allowed],
  ["a field whose name only begins like one", "/ownership", allowed],
  ["a field of that name further down", "/address/owner", allowed],
  ["a field spelled as an escape", "/owner~1x", allowed],
  ["what holds an allowed field", "/notes", ["/notes/0"]],
  ["a whole record", "", allowed],
  ["anything, where nothing is allowed", "/owner", []],
])("refuses %s", (_, field, prefixes) => {
  expect(refused([field], prefixes)).toMatchObject([
    { code: "patch_path_not_allowed", path: "/change/parts/0" },
  ])
})

test("names the field so that an agent can leave it out, and shows what hides in it", () => {
  expect(refused(["/owner", "/email", "/e\u200bmail", ""]).map(({ message }) => message)).toEqual([
    "The tool may not change /email.",
    "The tool may not change /e⟦U+200B ZERO WIDTH SPACE⟧mail.",
    "The tool may not change whole records.",
  ])
})

test("names twenty fields at most, each at a length that can be read", () => {
  const reasons = refused(Array.from({ length: 50 }, (_, index) => `/${"n".repeat(5_000)}${index}`))

  expect(reasons).toHaveLength(20)
  expect(reasons[0]?.message.length).toBeLessThan(200)
})
