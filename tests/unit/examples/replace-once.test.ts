import { expect, test } from "vitest"
import { replaceOnce } from "@/examples/workspace-server/replace-once"

const edit = (find: string, replace: string) => ({ path: "a.txt", find, replace })

test("replaces the one place, and takes the replacement as it is", () => {
  expect(replaceOnce("one two three", edit("two", "$& $1"))).toBe("one $& $1 three")
})

test.each([
  ["the text is nowhere", "one two", "three", "Read the file again"],
  ["the text is in two places", "one two one", "one", "more than once"],
  ["two places overlap", "aaa", "aa", "more than once"],
])("says what to do when %s", (_, text, find, advice) => {
  expect(() => replaceOnce(text, edit(find, "x"))).toThrow(advice)
})
