import { expect, test } from "vitest"
import { fileState, jsonBytes, sha256Hex, type JsonObject, type State } from "@deltaseal/guard/change"
import { interdiff, startsTheSame, type ProposedPart } from "@/lib/changes/interdiff"

const absent: State = { state: "absent" }
const between = (earlier: ProposedPart, now: ProposedPart) => interdiff({ earlier, now, workMax: 1e6 })

const aFile = (before: string | null, after: string | null, mode?: "100755"): ProposedPart => ({
  kind: "file",
  target: { workspace: "main", path: "a.md" },
  before: fileState(before === null ? null : { text: before }),
  after: fileState(after === null ? null : { text: after, ...(mode === undefined ? {} : { mode }) }),
  afterBytes: after === null ? null : Buffer.from(after),
})
const aMessage = (body: string): ProposedPart => {
  const value: JsonObject = { from: "a", recipients: [{ role: "to", address: "b" }], body }
  const bytes = jsonBytes(value)
  const after = { state: "present" as const, bytes: bytes.byteLength, digest: sha256Hex(bytes) }
  return { kind: "message", target: { channel: "email" }, before: absent, after, afterBytes: bytes }
}

test("shows what a file would become now beside what it would have become", () => {
  const { diff, ...found } = between(aFile("a\n", "a\nb\n"), aFile("a\n", "a\nc\n"))

  expect(diff).toMatchObject({ type: "unified", preview: expect.stringContaining("-b\n+c\n") as string })
  expect(found).toMatchObject({ added: 1, removed: 1, hiddenCharacters: 0, isWhole: false })
})

test("says that both would leave the same, and that the file has moved meanwhile", () => {
  const [earlier, now] = [aFile("a\n", "b\n"), aFile("x\n", "b\n")]

  expect(between(earlier, now)).toMatchObject({ diff: null, added: 0, removed: 0 })
  expect(startsTheSame(earlier, now)).toBe(false)
  expect(startsTheSame(now, now)).toBe(true)
})

test("tells a mode, and a file that would now go", () => {
  expect(between(aFile("a", "b"), aFile("a", "b", "100755")).diff).toMatchObject({
    preview: expect.stringContaining("new mode 100755") as string,
  })
  expect(between(aFile("a", "b"), aFile("a", null)).diff).toMatchObject({
    preview: expect.stringContaining("deleted file mode") as string,
  })
})

test("shows member by member what a message says now", () => {
  expect(between(aMessage("Hello"), aMessage("Bye")).diff).toEqual({
    type: "json_patch",
    preview: [{ op: "replace", path: "/body", from: "Hello", to: "Bye" }],
  })
})

test("replaces whole what takes too much, and counts what hides in it", () => {
  const order = (numbers: number[]) => numbers.map((n) => `${n}\u200b\n`).join("")
  const earlier = aFile(null, order([1, 2, 3, 4, 5, 6]))
  const now = aFile(null, order([6, 5, 4, 3, 2, 1]))

  expect(interdiff({ earlier, now, workMax: 1 })).toMatchObject({
    isWhole: true,
    added: 6,
    hiddenCharacters: 12,
  })
  expect(interdiff({ earlier: aMessage("x"), now: aMessage("y"), workMax: 1, isWhole: true })).toMatchObject({
    isWhole: true,
    diff: { preview: [{ op: "replace", path: "", from: { body: "x" }, to: { body: "y" } }] },
  })
})

test("compares no message with a file", () => {
  expect(() => between(aMessage("x"), aFile(null, "x"))).toThrow(TypeError)
})
