import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Role } from "@/lib/access/permissions"
import { readInvitation } from "@/lib/members/accept.service"
import { signIn } from "@/lib/members/sign-in.service"
import { caller, visitor, type Caller, type Reply } from "../support/api"
import { leavesOf, makePerson, newLeaves, startWorld, type MadePerson, type World } from "../support/world"

let world: World
let owner: Caller
let admin: Caller
let ours: string

beforeAll(async () => {
  world = await startWorld()
  owner = await world.as("owner")
  admin = await world.as("admin")
  ours = world.ours.tenantId
})

afterAll(() => world.close())

const password = "correct horse battery"
let made = 0
const newEmail = () => `new${(made += 1)}@people.example`
const emailOf = ({ personId }: MadePerson) => `${personId.toLowerCase()}@people.example`
const tokenIn = (reply: Reply): string => reply.body.link.split("/").at(-1)

function invite(who: Caller, changes: object = {}): Promise<Reply> {
  return who.post("/api/v1/invitations", { email: newEmail(), role: "reviewer", ...changes })
}

function accept(
  token: string,
  who: Caller = visitor(world.url),
  body: object = { name: "New Person", password },
) {
  return who.post("/api/v1/invitations/accept", { token, ...body })
}

describe("an invitation", () => {
  test("to the agency makes a new person a member of all of it, with a leaf in every client's log", async () => {
    const email = newEmail()
    const { value: invited, leaves: inviting } = await newLeaves(world, () =>
      invite(admin, { email: email.toUpperCase() }),
    )
    expect(invited.status).toBe(201)
    expect(invited.body.invitation).toMatchObject({
      email,
      role: "reviewer",
      tenantId: null,
      status: "pending",
    })
    const hours =
      Date.parse(invited.body.invitation.expiresAt) - Date.parse(invited.body.invitation.createdAt)
    expect(hours).toBe(72 * 60 * 60 * 1000)

    const neighbour = world.demo.tenants[1]?.tenantId ?? ""
    const last = (await leavesOf(world, neighbour)).at(-1)?.sequence ?? "0"
    const { value, leaves } = await newLeaves(world, () => accept(tokenIn(invited)))
    expect(value).toMatchObject({ status: 201, body: { role: "reviewer", tenantId: null } })
    await signIn({ email, password, address: "10.0.0.1" })

    expect(inviting.map(({ body }) => [body.type, JSON.stringify(body).includes(email)])).toEqual([
      ["member.invited", false],
    ])
    for (const log of [leaves, await leavesOf(world, neighbour, last)]) {
      expect(log.map(({ body }) => body)).toMatchObject([
        {
          type: "member.added",
          actor: { kind: "person", id: value.body.personId },
          subject: { id: value.body.membershipId },
          fields: { role: "reviewer", place: "agency", because: "invitation" },
        },
      ])
    }
  })

  test("to one client makes a member of that one only", async () => {
    const { caller: clientAdmin } = await makePerson(world, { role: "admin", tenantId: ours })
    const email = newEmail()
    const invited = await invite(clientAdmin, { email, tenantId: ours, role: "auditor" })
    expect(invited.status).toBe(201)
    expect((await accept(tokenIn(invited))).body).toMatchObject({ tenantId: ours, role: "auditor" })
  })

  test("says on its page who invites whom to what, accepts nothing by being looked at, and is pending until then", async () => {
    const invited = await invite(admin, { tenantId: ours })
    const token = tokenIn(invited)
    const { invitationId } = invited.body.invitation
    const pending = async () =>
      (await owner.get(`/api/v1/invitations?tenantId=${ours}`)).body.items.some(
        (item: { invitationId: string }) => item.invitationId === invitationId,
      )

    expect(await readInvitation(token)).toMatchObject({
      clientName: "Acme Dental",
      role: "reviewer",
      isKnown: false,
    })
    expect(await readInvitation(token)).not.toBeNull()
    expect(await pending()).toBe(true)
    expect((await accept(token)).status).toBe(201)
    expect(await readInvitation(token)).toBeNull()
    expect(await pending()).toBe(false)
  })

  test("stores a digest of its token and shows the link once", async () => {
    const invited = await invite(admin)
    const { rows } = await world.su.query<{ line: string }>("SELECT i::text AS line FROM invitation AS i")
    const lists = [rows.map(({ line }) => line).join("\n"), (await admin.get("/api/v1/invitations")).text]
    for (const text of lists) expect(text).not.toContain(tokenIn(invited))
    expect(world.logs()).not.toContain(tokenIn(invited))
  })
})

describe("who may invite whom:", () => {
  test.each<[string, Role, "ours" | "agency", Role, "ours" | "agency", number]>([
    ["an admin invites an admin", "admin", "agency", "admin", "agency", 201],
    ["an admin invites no owner", "admin", "agency", "owner", "agency", 403],
    ["an owner invites an owner", "owner", "agency", "owner", "agency", 201],
    ["a client's admin invites to the client", "admin", "ours", "reviewer", "ours", 201],
    ["a client's admin invites nobody to the agency", "admin", "ours", "reviewer", "agency", 403],
    ["a client's admin invites no owner", "admin", "ours", "owner", "ours", 403],
    ["a reviewer invites nobody", "reviewer", "agency", "reviewer", "ours", 403],
    ["an auditor invites nobody", "auditor", "agency", "auditor", "agency", 403],
  ])("%s", async (_, role, place, invitedRole, where, status) => {
    const actor = await makePerson(world, { role, tenantId: place === "ours" ? ours : null })
    const tenantId = where === "ours" ? ours : null
    expect((await invite(actor.caller, { role: invitedRole, tenantId })).status).toBe(status)
  })

  test("a foreign client and a foreign agency are not there", async () => {
    for (const changes of [{ tenantId: world.theirs.tenantId }, { agencyId: world.theirs.agencyId }]) {
      expect(await invite(owner, changes)).toMatchObject({ status: 404, body: { code: "not_found" } })
    }
  })

  test.each([{ email: "x" }, { email: "a@b.example\n" }, { role: "root" }, { tenantId: 1 }, { extra: 1 }])(
    "%j is refused",
    async (changes) => {
      expect((await invite(admin, changes)).status).toBe(422)
    },
  )
})

describe("one place, one invitation:", () => {
  test("a second invitation of the same e-mail replaces the first", async () => {
    const email = newEmail()
    const first = await invite(admin, { email })
    const { value: second, leaves } = await newLeaves(world, () => invite(admin, { email, role: "auditor" }))

    expect(leaves.map(({ type }) => type)).toEqual(["member.invited", "invitation.revoked"])
    expect(await accept(tokenIn(first))).toMatchObject({ status: 410, body: { code: "link_expired" } })
    expect((await accept(tokenIn(second))).status).toBe(201)
  })

  test("ten at once leave one that works", async () => {
    const email = newEmail()
    const invited = await Promise.all(Array.from({ length: 10 }, () => invite(admin, { email })))
    expect(new Set(invited.map(({ status }) => status))).toEqual(new Set([201]))
    const pages = await Promise.all(invited.map((reply) => readInvitation(tokenIn(reply))))
    expect(pages.filter((page) => page !== null)).toHaveLength(1)
  })

  test("a member of the place is not invited again, nor made one twice", async () => {
    const member = await makePerson(world, { role: "reviewer" })
    expect(await invite(admin, { email: emailOf(member) })).toMatchObject({
      status: 409,
      body: { code: "already_member" },
    })
    expect((await invite(admin, { email: emailOf(member), tenantId: ours, role: "admin" })).status).toBe(201)

    const late = await makePerson(world, { role: null })
    const token = tokenIn(await invite(admin, { email: emailOf(late) }))
    await world.su.query(
      "INSERT INTO membership (membership_id, agency_id, person_id, role) VALUES ('mem_late', $1, $2, 'auditor')",
      [world.ours.agencyId, late.personId],
    )
    expect((await accept(token, late.caller, {})).body.code).toBe("already_member")
  })
})

describe("accepting", () => {
  test("of ten at once one wins", async () => {
    const token = tokenIn(await invite(admin))
    const replies = await Promise.all(Array.from({ length: 10 }, () => accept(token)))
    expect(replies.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(9).fill(410)])
  })

  test("needs the invited person's own session when they are known", async () => {
    const known = await makePerson(world, { role: null })
    const token = tokenIn(await invite(admin, { email: emailOf(known) }))
    const stranger = await makePerson(world, { role: null })

    expect(await readInvitation(token)).toMatchObject({ isKnown: true })
    for (const who of [visitor(world.url), stranger.caller]) {
      const reply = await accept(token, who)
      expect(reply).toMatchObject({ status: 401, body: { code: "unauthenticated" } })
      expect(reply.body.detail).toMatch(/sign/i)
    }
    expect((await accept(token, known.caller, {})).status).toBe(201)
    expect((await known.caller.get("/api/v1/session")).body.roles).toEqual([
      { role: "reviewer", tenantId: null },
    ])
  })

  test("does not take over an account by a link in its name", async () => {
    const known = await makePerson(world, { role: null })
    await accept(tokenIn(await invite(admin, { email: emailOf(known) })))
    await expect(signIn({ email: emailOf(known), password, address: "10.0.0.9" })).rejects.toMatchObject({
      code: "unauthenticated",
    })
  })

  test.each<[string, object, string]>([
    ["no name", { password }, "invalid_request"],
    ["no password", { name: "N" }, "invalid_request"],
    ["a short password", { name: "N", password: "short" }, "password_refused"],
  ])("with %s uses nothing up", async (_, body, code) => {
    const token = tokenIn(await invite(admin))
    expect(await accept(token, visitor(world.url), body)).toMatchObject({ status: 422, body: { code } })
    expect((await accept(token)).status).toBe(201)
  })

  test("from a foreign page does nothing", async () => {
    const token = tokenIn(await invite(admin))
    const foreign = caller(world.url, { origin: "https://evil.example" })
    expect(await accept(token, foreign)).toMatchObject({ status: 403, body: { code: "csrf_failed" } })
    expect(await readInvitation(token)).not.toBeNull()
  })
})

describe("a link is dead when", () => {
  test.each<[string, (id: string, inviter: MadePerson) => Promise<unknown>]>([
    ["it was withdrawn", (id) => owner.delete(`/api/v1/invitations/${id}`)],
    [
      "three days are over",
      (id) =>
        world.su.query(
          "UPDATE invitation SET expires_at = clock_timestamp() - interval '1 second' WHERE invitation_id = $1",
          [id],
        ),
    ],
    ["whoever sent it left", (_, { membershipId }) => owner.delete(`/api/v1/members/${membershipId}`)],
    [
      "whoever sent it may no longer give that role",
      (_, { membershipId }) => owner.patch(`/api/v1/members/${membershipId}`, { role: "auditor" }),
    ],
  ])("%s", async (_, end) => {
    const inviter = await makePerson(world, { role: "admin" })
    const invited = await invite(inviter.caller)
    await end(invited.body.invitation.invitationId, inviter)

    expect(await accept(tokenIn(invited))).toMatchObject({ status: 410, body: { code: "link_expired" } })
  })

  test("withdrawing leaves a leaf, works once, and is not for reviewers", async () => {
    const { invitationId } = (await invite(admin)).body.invitation
    expect((await (await world.as("reviewer")).delete(`/api/v1/invitations/${invitationId}`)).status).toBe(
      403,
    )
    const { value, leaves } = await newLeaves(world, () =>
      admin.delete(`/api/v1/invitations/${invitationId}`),
    )
    expect(value).toMatchObject({ status: 200, body: { status: "revoked" } })
    expect(leaves.map(({ type }) => type)).toEqual(["invitation.revoked"])
    expect((await admin.delete(`/api/v1/invitations/${invitationId}`)).status).toBe(404)
  })
})
