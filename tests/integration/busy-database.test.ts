import { afterAll, beforeAll, expect, test } from "vitest"
import { runtime } from "@/lib/env/runtime"
import { visitor, type Caller, type Reply } from "../support/api"
import { aWrite, pendingWrite, type Pending } from "../support/calls"
import { vote } from "../support/deciding"
import { holdLock, someoneWaits } from "../support/locks"
import { makePerson, startWorld, type MadePerson, type World } from "../support/world"

let world: World
let key: Caller
let reviewer: MadePerson
let deputy: MadePerson
let pending: Pending

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  deputy = await makePerson(world, { role: "auditor" })
  reviewer = await makePerson(world, { role: "reviewer" })
  pending = await pendingWrite(key)
})
afterAll(() => world.close())

const said = ({ status, body }: Reply) => [status, body?.code]
const standIns = "/api/v1/account/stand-ins"
const anInvitation = { token: "A".repeat(43), name: "New", password: "a long enough password" }
const commentsOf = ({ approvalId }: Pending) => `/api/v1/approvals/${approvalId}/comments`

test.each<[string, Record<string, () => Promise<Reply>>]>([
  [
    "approval",
    {
      "the inbox": () => reviewer.caller.get("/api/v1/approvals"),
      "an approval, to an agent": () => key.get(`/api/v1/approvals/${pending.approvalId}`),
      "a vote": () => vote(reviewer.caller, pending),
    },
  ],
  [
    "approval_comment, tool_call, stand_in, authenticator, invitation",
    {
      "what people say": () => reviewer.caller.get(commentsOf(pending)),
      "a comment": () => reviewer.caller.post(commentsOf(pending), { text: "Why?" }),
      "a call": () => key.post("/api/v1/tool-calls", aWrite(pending.runId)),
      "who is away": () => reviewer.caller.get(standIns),
      "one's authenticators": () => reviewer.caller.get("/api/v1/session/authenticators"),
      "an invitation": () => visitor(world.url).post("/api/v1/invitations/accept", anInvitation),
    },
  ],
  ["session", { "one's sessions": () => reviewer.caller.get("/api/v1/sessions") }],
])("what cannot be had in time is unavailable, not broken: %s", async (tables, asked) => {
  const held = await holdLock(world, `LOCK TABLE ${tables} IN ACCESS EXCLUSIVE MODE`, [])
  const replies = Object.entries(asked).map(async ([name, ask]) => [name, ...said(await ask())])
  const answers = await Promise.all(replies)
  await held.release()

  expect(answers).toEqual(Object.keys(asked).map((name) => [name, 503, "unavailable"]))
})

test("when every connection is taken, nothing is broken either", async () => {
  const taken = await takeAll()
  const replies = await Promise.all([
    reviewer.caller.get(standIns),
    reviewer.caller.get("/api/v1/approvals"),
    vote(reviewer.caller, pending),
  ])
  for (const client of taken) client.release()
  expect(replies.map(said)).toEqual(Array(3).fill([503, "unavailable"]))
})

test("what was done is not called undone because it could not be read again", async () => {
  const replies: Reply[] = []
  // The first lock may be waited for too long on a busy machine: then nothing was done, and it is said so.
  while (replies.every(({ status, body }) => status === 503 && body.code === "unavailable"))
    replies.push(await nameUnread())

  expect(replies.map(said).at(-1)).toEqual([503, "outcome_unknown"])
  expect((await reviewer.caller.get(standIns)).body.items).toMatchObject([{ status: "now" }])
})

/** Names a stand-in, who can be written down but not be read. */
async function nameUnread(): Promise<Reply> {
  const writing = await holdLock(world, "LOCK TABLE audit_leaf IN EXCLUSIVE MODE", [])
  const named = reviewer.caller.post(standIns, {
    ...{ agencyId: world.ours.agencyId, personId: deputy.personId },
    endsAt: new Date(Date.now() + 86_400_000).toISOString(),
  })
  await someoneWaits(world)
  const reading = holdLock(world, "LOCK TABLE stand_in IN ACCESS EXCLUSIVE MODE", [])
  await someoneWaits(world, 2)
  await writing.release()
  const reply = await named
  await (await reading).release()

  return reply
}

async function takeAll() {
  const { pool } = runtime()
  const taken = []
  for (let left = pool.options.max; left > 0; left -= 1) taken.push(await pool.connect())

  return taken
}
