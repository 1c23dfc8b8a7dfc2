import { expect, test } from "vitest"
import { fileState, jsonBytes, sha256Hex, type JsonObject, type State } from "@deltaseal/guard/change"
import { interdiff, type ProposedPart } from "@/lib/changes/interdiff"

const absent: State = { state: "absent" }
const work = 1e6

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
  const { isSameBefore, diff } = interdiff(aFile("a\n", "a\nb\n"), aFile("a\n", "a\nc\n"), work)

  expect(isSameBefore).toBe(true)
  expect(diff).toMatchObject({ type: "unified", preview: expect.stringContaining("-b\n+c\n") as string })
})

test("says that both would leave the same, and that the file has moved meanwhile", () => {
  expect(interdiff(aFile("a\n", "b\n"), aFile("x\n", "b\n"), work)).toEqual({
    isSameBefore: false,
    diff: null,
  })
})

test("tells a mode, and a file that would now go", () => {
  expect(interdiff(aFile("a", "b"), aFile("a", "b", "100755"), work).diff).toMatchObject({
    preview: expect.stringContaining("new mode 100755") as string,
  })
  expect(interdiff(aFile("a", "b"), aFile("a", null), work).diff).toMatchObject({
    preview: expect.stringContaining("deleted file mode") as string,
  })
})

test("shows member by member what a message says now", () => {
  expect(interdiff(aMessage("Hello"), aMessage("Bye"), work).diff).toEqual({
    type: "json_patch",
    preview: [{ op: "replace", path: "/body", from: "Hello", to: "Bye" }],
  })
})

test("compares no message with a file", () => {
  expect(() => interdiff(aMessage("x"), aFile(null, "x"), work)).toThrow(TypeError)
})
