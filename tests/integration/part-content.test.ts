import { afterAll, beforeAll, expect, test } from "vitest"
import { sha256Hex } from "@deltaseal/guard/change"
import { newId } from "@/lib/operations/new-id"
import type { Caller } from "../support/api"
import { pendingWrite, type Pending } from "../support/calls"
import { makePerson, startWorld, type World } from "../support/world"

const before = `${Array.from({ length: 300 }, (_, at) => `line ${at + 1}\r`).join("\n")}\n`
const after = `${before.replace("line 150\r", "LINE 150 \u202e")}no end`

let world: World
let reviewer: Caller
let pending: Pending

beforeAll(async () => {
  world = await startWorld()
  reviewer = await world.as("reviewer")
  pending = await ask([aFile("a.txt", { text: before }, { text: after }), aFile("b.txt", null, { text: "" })])
})

afterAll(() => world.close())

test.each([
  ["before", before],
  ["after", after],
] as const)(
  "gives what stood %s exactly as it was hashed, every carriage return and the missing end",
  async (side, text) => {
    const reply = await reviewer.get(contentPath(1, `side=${side}`))

    expect(reply.status).toBe(200)
    expect(reply.body).toEqual({
      approvalId: pending.approvalId,
      position: 1,
      side,
      digest: pending.approval.envelope.parts[0][side].digest,
      bytes: Buffer.byteLength(text),
      lineCount: side === "before" ? 300 : 301,
      from: 1,
      text,
      nextLine: null,
    })
    expect(sha256Hex(reply.body.text)).toBe(reply.body.digest)
  },
)

test("gives a stretch of lines and where the next one begins, until all of it was given", async () => {
  const pages: string[] = []
  for (let from: number | null = 1; from !== null;) {
    const { body } = await reviewer.get(contentPath(1, `side=after&from=${from}&lines=100`))
    pages.push(body.text)
    from = body.nextLine
  }

  expect(pages.map((page) => page.split("\n").length - 1)).toEqual([100, 100, 100, 0])
  expect(pages.join("")).toBe(after)
})

test.each([
  ["beyond the end", 1, "side=after&from=302", { text: "", nextLine: null, lineCount: 301 }],
  ["an empty file", 2, "side=after", { text: "", nextLine: null, lineCount: 0 }],
  ["the last line", 1, "side=after&from=301&lines=1", { text: "no end", nextLine: null }],
])("answers for %s", async (_, position, query, expected) => {
  expect((await reviewer.get(contentPath(position, query))).body).toMatchObject(expected)
})

test.each([
  ["a side that is not there", () => contentPath(2, "side=before"), 404, "content_absent"],
  ["a part that is not there", () => contentPath(3, "side=after"), 404, "not_found"],
  ["an approval that is not there", () => pathOf(newId("approval"), 1, "side=after"), 404, "not_found"],
  ["no side", () => contentPath(1, ""), 422, "invalid_request"],
  ["part 0, which no change has", () => contentPath(0, "side=after"), 404, "not_found"],
  ["line 0", () => contentPath(1, "side=after&from=0"), 422, "invalid_request"],
  ["more lines than an answer has", () => contentPath(1, "side=after&lines=10001"), 422, "invalid_request"],
])("refuses %s with its own code", async (_, path, status, code) => {
  const reply = await reviewer.get(path())
  expect([reply.status, reply.body.code]).toEqual([status, code])
})

test.each([
  ["bytes that are not UTF-8", Buffer.from([0x61, 0xff, 0x0a])],
  ["U+0000", Buffer.from("a\0b\n")],
])("refuses %s: they are no text", async (_, bytes) => {
  const { approvalId } = await ask([aFile("c.bin", null, { base64: bytes.toString("base64") })])
  const reply = await reviewer.get(pathOf(approvalId, 1, "side=after"))
  expect([reply.status, reply.body.code]).toEqual([422, "content_not_text"])
})

test("is for people only, and for those who may read the approval", async () => {
  const nobody = (await makePerson(world, { role: null })).caller
  const auditor = await world.as("auditor")

  expect((await world.ours.key.get(contentPath(1, "side=after"))).status).toBe(401)
  expect((await nobody.get(contentPath(1, "side=after"))).body.code).toBe("not_found")
  expect((await auditor.get(contentPath(1, "side=after"))).status).toBe(200)
})

test("shows nothing when the stored bytes are not those that were hashed", async () => {
  const { approvalId, approval } = await ask([aFile("d.txt", null, { text: "what was hashed\n" })])
  const { digest } = approval.envelope.parts[0].after
  const other = await ask([aFile("e.txt", null, { text: "something else\n" })])
  const otherDigest = other.approval.envelope.parts[0].after.digest
  await world.su.query(
    `UPDATE blob SET wrapped_key = o.wrapped_key, sealed = o.sealed FROM blob o
     WHERE o.digest = $1 AND blob.digest = $2 AND o.tenant_id = blob.tenant_id`,
    [otherDigest, digest],
  )

  const reply = await reviewer.get(pathOf(approvalId, 1, "side=after"))
  expect([reply.status, reply.body.code]).toEqual([500, "internal"])
  expect(reply.text).not.toContain("something else")
})

type Content = Readonly<{ text: string } | { base64: string }>

function aFile(path: string, from: Content | null, to: Content | null): object {
  return { kind: "file", target: { workspace: "main", path }, before: from, after: to }
}

async function ask(parts: readonly object[]): Promise<Pending> {
  return await pendingWrite(world.ours.key, { change: { parts } })
}

function contentPath(position: number, query: string): string {
  return pathOf(pending.approvalId, position, query)
}

function pathOf(approvalId: string, position: number, query: string): string {
  return `/api/v1/approvals/${approvalId}/parts/${position}/content?${query}`
}
