import { afterAll, beforeAll, expect, test } from "vitest"
import type { Caller, Reply } from "../support/api"
import { pendingWrite, type Pending } from "../support/calls"
import { sixteen, typesFor, vote } from "../support/deciding"
import { makePerson, newLeaves, startWorld, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: Caller

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  reviewer = await world.as("reviewer")
})
afterAll(() => world.close())

const pathOf = ({ approvalId }: Pending) => `/api/v1/approvals/${approvalId}`
const say = (who: Caller, pending: Pending, text: unknown): Promise<Reply> =>
  who.post(`${pathOf(pending)}/comments`, { text })
const list = (who: Caller, pending: Pending, cursor = "") =>
  who.get(`${pathOf(pending)}/comments${cursor === "" ? "" : `?cursor=${cursor}`}`)
const person = async () => (await makePerson(world, { role: "reviewer" })).caller

test("a comment decides nothing, is committed to in the log, and no agent is given it", async () => {
  const pending = await pendingWrite(key)
  const before = (await key.get(pathOf(pending))).body
  const text = "Is \u202E this the price that we agreed on?"
  const { value, leaves } = await newLeaves(world, () => say(reviewer, pending, text))

  expect(value).toMatchObject({ status: 201, body: { text, commentId: expect.stringMatching(/^cmt_/) } })
  expect(leaves.map(({ type, body }) => [type, body.fields])).toEqual([
    [
      "approval.commented",
      expect.objectContaining({
        approvalId: pending.approvalId,
        commentId: value.body.commentId,
        text: { commit: expect.any(String) },
      }),
    ],
  ])
  expect((await list(reviewer, pending)).body).toEqual({ items: [value.body], nextCursor: null })
  expect((await key.get(pathOf(pending))).body).toEqual(before)
  expect((await list(key, pending)).status).toBe(401)
  expect((await say(key, pending, "Please.")).status).toBe(401)
})

test("who is separated from deciding may say something, an auditor may only read", async () => {
  const pending = await pendingWrite(key)
  expect((await say(await world.as("owner"), pending, "The client sent it this morning.")).status).toBe(201)

  const auditor = await world.as("auditor")
  expect(await say(auditor, pending, "Hm.")).toMatchObject({ status: 403, body: { code: "forbidden" } })
  expect((await typesFor(world, pending)).at(-1)).toBe("request.refused")
  expect((await list(auditor, pending)).body.items).toHaveLength(1)
})

test("what has ended can still be talked about", async () => {
  const pending = await pendingWrite(key)
  await vote(reviewer, pending, { decision: "deny", reason: "Wrong page." })
  expect((await say(reviewer, pending, "It was the page of last year.")).status).toBe(201)
  expect((await key.get(pathOf(pending))).body.status).toBe("denied")
})

test.each([
  ["nothing", "", "invalid_request"],
  ["U+0000", "a\u0000b", "invalid_request"],
  ["more than 2 KiB", "é".repeat(1_025), "reason_too_long"],
  ["what is no text", 7, "invalid_request"],
])("%s is refused", async (_, text, code) => {
  const pending = await pendingWrite(key)
  const refused = await say(reviewer, pending, text)
  expect(refused.status).toBe(422)
  expect([
    refused.body.code,
    ...(refused.body.reasons ?? []).map((reason: { code: string }) => reason.code),
  ]).toContain(code)
})

test("they are read oldest first, a page at a time, and there are at most 200 on one approval", async () => {
  const pending = await pendingWrite(key)
  await world.su.query(
    `INSERT INTO approval_comment (tenant_id, comment_id, approval_id, person_id, session_id, text, said_at)
     SELECT $1, 'cmt_00000000000000000000000' || (100 + n), $2, $3, 'ses_x', n::text, now() - interval '1 hour'
     FROM generate_series(1, 199) n`,
    [world.ours.tenantId, pending.approvalId, world.ours.ownerId],
  )
  expect((await say(reviewer, pending, "200")).status).toBe(201)
  expect(await say(reviewer, pending, "201")).toMatchObject({
    status: 429,
    body: { code: "too_many_comments" },
  })

  const texts: string[] = []
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: Reply = await list(reviewer, pending, cursor)
    expect(page.body.items.length).toBeLessThanOrEqual(50)
    texts.push(...page.body.items.map(({ text }: { text: string }) => text))
    cursor = page.body.nextCursor
  }
  expect(texts).toEqual(Array.from({ length: 200 }, (_, index) => String(index + 1)))
})

test("one person says at most ten things a minute, however many at once", async () => {
  const pending = await pendingWrite(key)
  const busy = await person()
  const replies = await sixteen((index) => say(busy, pending, `Thing ${index}`))
  const refused = replies.filter(({ status }) => status === 429)
  expect(replies.filter(({ status }) => status === 201)).toHaveLength(10)
  expect(refused.map(({ body }) => body.code)).toEqual(Array.from({ length: 6 }, () => "too_many_comments"))
  expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(0)
  expect((await say(await person(), pending, "Somebody else")).status).toBe(201)
})
