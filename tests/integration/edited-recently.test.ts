import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { approvalPage, inbox } from "@/lib/approvals/approvals.queries"
import { principalOfSession } from "@/lib/members/sessions.service"
import { visitor, type Caller } from "../support/api"
import { approve, pendingWrite, writeFile } from "../support/calls"
import { agreeTo } from "../support/policies"
import { aDefinition } from "../support/tools"
import { makeKey, makePerson, startWorld, type MadePerson, type World } from "../support/world"

let world: World
let key: Caller
let base: string

beforeAll(async () => {
  world = await startWorld()
  key = world.ours.key
  base = `/api/v1/tenants/${world.ours.tenantId}`
})
afterAll(() => world.close())

const anAdmin = () => makePerson(world, { role: "admin" })
const tool = `/tools/${writeFile.server}/${writeFile.name}/${writeFile.version}`

let rules = 0
/** Each denies one thing more than the one before, so that nobody has to agree. */
const tighter = () => {
  const denied = Array.from(
    { length: (rules += 1) },
    (_, at) => `  - {name: no-${at}, match: {tool: [x-${at}]}, effect: deny}`,
  )
  return `version: 1\nrules:\n  - {name: all, effect: tier_default}\n${denied.join("\n")}\n`
}
const loosest = "version: 1\nrules:\n  - {name: all, effect: tier_default}\n"

const inForce = async (who: Caller) => (await who.get(`${base}/policies`)).body.inForce as number
async function publish({ caller }: MadePerson, text = tighter()) {
  const reply = await caller.post(`${base}/policies`, { text, basedOn: await inForce(caller), note: "so" })
  expect(reply.status, reply.text).toBeLessThan(300)
  return reply
}
async function done(reply: Promise<{ status: number; text: string }>) {
  const { status, text } = await reply
  expect(status, text).toBeLessThan(300)
}
async function invite({ caller }: MadePerson, role = "reviewer"): Promise<string> {
  const email = `invited-${Math.random()}@people.example`
  const { body } = await caller.post("/api/v1/invitations", { email, role, tenantId: world.ours.tenantId })
  return String(body.link.split("/").at(-1))
}
const accept = (token: string) =>
  visitor(world.url).post("/api/v1/invitations/accept", {
    token,
    name: "New",
    password: "correct horse battery",
  })
async function rollOut({ caller }: MadePerson): Promise<string> {
  const made = await caller.post("/api/v1/packs", { name: `Pack ${rules}`, text: tighter(), note: "so" })
  const tenants = [{ tenantId: world.ours.tenantId, basedOn: await inForce(caller) }]
  const path = `/api/v1/packs/${made.body.packId}/rollouts`
  const { status, text, body } = await caller.post(path, { version: 1, tenants, note: "so" })
  expect(status, text).toBe(201)
  return `${path}/${body.rolloutId}/rollback`
}

describe("for a day nobody votes who", () => {
  test.each<[string, RegExp, (editor: MadePerson) => Promise<unknown>]>([
    ["published a policy", /the policy/, (editor) => publish(editor)],
    [
      "proposed what a second person put in force",
      /the policy/,
      async (editor) => {
        await publish(editor)
        const { body } = await publish(editor, loosest)
        await world.su.query("DELETE FROM rule_edit WHERE person_id = $1", [editor.personId])
        await agreeTo((await anAdmin()).caller, base, body.proposalId)
      },
    ],
    [
      "put in force what somebody proposed",
      /the policy/,
      async (editor) => {
        const other = await anAdmin()
        await publish(other)
        await agreeTo(editor.caller, base, (await publish(other, loosest)).body.proposalId)
      },
    ],
    ["rolled out a pack", /the policy/, rollOut],
    [
      "rolled one back",
      /the policy/,
      async (editor) => {
        const undo = await rollOut(await anAdmin())
        const { body } = await editor.caller.post(undo, { note: "so" })
        if (body.items[0].proposalId !== null)
          await agreeTo((await anAdmin()).caller, base, body.items[0].proposalId)
      },
    ],
    [
      "gave the tool a tier",
      /the tool workspace\/write_file/,
      async ({ caller }) => {
        await done(caller.patch(base + tool, { tier: "T3_EXECUTE" }))
        await world.su.query("UPDATE tool SET tier = 'T2_IRREVERSIBLE_WRITE' WHERE name = 'write_file'")
      },
    ],
    [
      "made its definition usable again",
      /the tool/,
      async ({ caller }) => {
        await done((await anAdmin()).caller.patch(base + tool, { status: "suspended" }))
        await done(caller.patch(base + tool, { status: "active" }))
      },
    ],
    [
      "took away where it may be used",
      /the tool/,
      ({ caller }) => done(caller.delete(`${base}/allowances/dev/workspace/write_file`)),
    ],
    [
      "owns the key that registered another shape of it",
      /the tool/,
      async ({ personId }) => {
        const { caller } = await makeKey(world, { ownerId: personId })
        const definition = aDefinition(writeFile.name)
        await done(caller.put("/api/v1/servers/workspace/tools/write_file", { version: "9.9.9", definition }))
      },
    ],
    ["invited whoever came", /who may decide/, async (editor) => done(accept(await invite(editor)))],
    [
      "gave a member another role",
      /who may decide/,
      async ({ caller }) => {
        const { membershipId } = await makePerson(world, { role: "auditor" })
        await done(caller.patch(`/api/v1/members/${membershipId}`, { role: "reviewer" }))
      },
    ],
    [
      "removed a member",
      /who may decide/,
      async ({ caller }) => {
        const { membershipId } = await makePerson(world, { role: "reviewer" })
        await done(caller.delete(`/api/v1/members/${membershipId}`))
      },
    ],
  ])("%s", async (_, what, edit) => {
    const editor = await anAdmin()
    const pending = await pendingWrite(key)
    await edit(editor)

    const refused = await approve(editor.caller, pending)
    expect(refused).toMatchObject({ status: 403, body: { code: "edited_recently" } })
    expect(refused.body.detail).toMatch(what)
    expect(refused.body.detail).toMatch(/until \d{4}-\d\d-\d\d \d\d:\d\d UTC/)
  })

  test("edited it, and no longer: the page and the inbox say so as the vote does", async () => {
    const editor = await anAdmin()
    await publish(editor)
    const pending = await pendingWrite(key)
    const actor = await principalOfSession(editor.sessionId)
    if (actor === null) throw new Error("A person has no session.")
    const seen = async () => {
      const { viewer } = await approvalPage(actor, pending.approvalId)
      const listed = (await inbox(actor)).pending.find(({ approvalId }) => approvalId === pending.approvalId)
      return [viewer.whyNot, viewer.edited?.kind, listed?.whyNot]
    }
    expect(await seen()).toEqual(["edited_recently", "policy", "edited_recently"])
    await world.su.query(
      "UPDATE rule_edit SET edited_at = edited_at - interval '24 hours' WHERE person_id = $1",
      [editor.personId],
    )

    expect(await seen()).toEqual([null, undefined, null])
    expect((await approve(editor.caller, pending)).body.status).toBe("approved")
  })
})

test.each<[string, (editor: MadePerson) => Promise<unknown>]>([
  [
    "edited another tool",
    ({ caller }) =>
      done(caller.patch(`${base}/tools/workspace/read_file/1.4.0`, { tier: "T1_REVERSIBLE_WRITE" })),
  ],
  ["made a proposal that waits", (editor) => publish(editor, loosest)],
  ["invited somebody who has not come", (editor) => invite(editor)],
  [
    "came by an invitation, removed an auditor, or was given another role",
    async (editor) => {
      const { membershipId } = await makePerson(world, { role: "auditor" })
      await done(editor.caller.delete(`/api/v1/members/${membershipId}`))
      const owner = await makePerson(world, { role: "owner" })
      await done(owner.caller.patch(`/api/v1/members/${editor.membershipId}`, { role: "reviewer" }))
      await done(accept(await invite(owner)))
    },
  ],
])("whoever %s decides all the same", async (_, edit) => {
  const editor = await anAdmin()
  const pending = await pendingWrite(key)
  await edit(editor)

  expect((await approve(editor.caller, pending)).body.status).toBe("approved")
})

test("what the demo's people were seeded with is nobody's edit", async () => {
  const fresh = await world.su.query("SELECT 1 FROM rule_edit WHERE person_id = $1 AND kind <> 'tool'", [
    world.ours.ownerId,
  ])
  expect(fresh.rowCount).toBe(0)
  expect((await approve(await world.as("admin"), await pendingWrite(key))).body.status).toBe("approved")
})
