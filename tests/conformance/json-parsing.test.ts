import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { expect, test } from "vitest"
import { parseStrictJson, StrictJsonError } from "@deltaseal/guard/change"

// JSONTestSuite; absent in a public clone, where these tests say that they are skipped.
const vectors = resolve("../shared/vectors/json-parsing")
const names = existsSync(vectors) ? readdirSync(vectors) : []
const read = (name: string) => readFileSync(join(vectors, name))

/** Valid by RFC 8259, refused by I-JSON (RFC 7493) and so by us. */
const refusedByIJson: Readonly<Record<string, string>> = {
  "y_object_duplicated_key.json": "duplicate_name",
  "y_object_duplicated_key_and_value.json": "duplicate_name",
  "y_string_escaped_noncharacter.json": "noncharacter",
  "y_string_last_surrogates_1_and_2.json": "noncharacter",
  "y_string_nonCharacterInUTF-8_U+10FFFF.json": "noncharacter",
  "y_string_nonCharacterInUTF-8_U+FFFF.json": "noncharacter",
  "y_string_unicode_U+10FFFE_nonchar.json": "noncharacter",
  "y_string_unicode_U+1FFFE_nonchar.json": "noncharacter",
  "y_string_unicode_U+FDD0_nonchar.json": "noncharacter",
  "y_string_unicode_U+FFFE_nonchar.json": "noncharacter",
}
const refused = names.filter((name) => name.startsWith("n_"))
const accepted = names.filter((name) => name.startsWith("y_") && !(name in refusedByIJson))
// 10^20 is the one that every reader of doubles prints back as it stands.
const undefinedByRfc = names.filter(
  (name) => name.startsWith("i_") && name !== "i_number_too_big_pos_int.json",
)

test.skipIf(names.length === 0)("has the whole suite", () => {
  expect(refused).toHaveLength(188)
  expect(names).toEqual(expect.arrayContaining(Object.keys(refusedByIJson)))
})

test.each(refused)("refuses %s", (name) => {
  expect(() => parseStrictJson(read(name))).toThrow(StrictJsonError)
})

test.each(names.length === 0 ? [] : Object.entries(refusedByIJson))("refuses %s as %s", (name, code) => {
  expect(() => parseStrictJson(read(name))).toThrow(expect.objectContaining({ code }))
})

test.each(accepted)("reads %s as the platform does", (name) => {
  expect(parseStrictJson(read(name))).toStrictEqual(bare(JSON.parse(read(name).toString("utf8"))))
})

test.each(undefinedByRfc)("refuses %s, which readers disagree on", (name) => {
  expect(() => parseStrictJson(read(name))).toThrow(StrictJsonError)
})

/** The platform's reading in our form: no prototypes, and no negative zero. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare)
  if (typeof value === "number") return value === 0 ? 0 : value
  if (typeof value !== "object" || value === null) return value
  return Object.assign(
    Object.create(null) as object,
    Object.fromEntries(Object.entries(value).map(([name, member]) => [name, bare(member)])),
  )
}
