import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Role } from "@/lib/access/permissions"
import type { Caller } from "../support/api"
import { pendingWrite } from "../support/calls"
import { leavesOf, makePerson, newLeaves, startWorld, until, type World } from "../support/world"

let world: World
let owner: Caller
let admin: Caller
let neighbour: string

beforeAll(async () => {
  world = await startWorld()
  owner = await world.as("owner")
  admin = await world.as("admin")
  neighbour = world.demo.tenants[1]?.tenantId ?? ""
})

afterAll(() => world.close())

const person = (role: Role, tenantId: string | null = null) => makePerson(world, { role, tenantId })
const path = (membershipId: string) => `/api/v1/members/${membershipId}`

async function roleOf(membershipId: string): Promise<string | null> {
  const { rows } = await world.su.query<{ role: string; ended: boolean }>(
    "SELECT role, ended_at IS NOT NULL AS ended FROM membership WHERE membership_id = $1",
    [membershipId],
  )
  const [row] = rows
  return row === undefined || row.ended ? null : row.role
}

describe("changing a role", () => {
  test("counts from the next request on, and is a leaf in every client's log", async () => {
    const { membershipId, personId, caller } = await person("auditor")
    const last = (await leavesOf(world, neighbour)).at(-1)?.sequence ?? "0"
    const { value, leaves } = await newLeaves(world, () =>
      admin.patch(path(membershipId), { role: "reviewer" }),
    )

    expect(value).toMatchObject({ status: 200, body: { membershipId, role: "reviewer", tenantId: null } })
    expect((await caller.get("/api/v1/session")).body.roles).toEqual([{ role: "reviewer", tenantId: null }])
    for (const log of [leaves, await leavesOf(world, neighbour, last)]) {
      expect(log.map(({ body }) => body)).toMatchObject([
        {
          type: "member.changed",
          subject: { kind: "member", id: membershipId },
          fields: { personId, from: "auditor", to: "reviewer", place: "agency" },
        },
      ])
    }
  })

  test("in one client is a leaf in that client's log only", async () => {
    const { membershipId } = await person("reviewer", world.ours.tenantId)
    const before = (await leavesOf(world, neighbour)).length
    const { value, leaves } = await newLeaves(world, () => admin.patch(path(membershipId), { role: "admin" }))

    expect(value.status).toBe(200)
    expect(leaves.map(({ type }) => type)).toEqual(["member.changed"])
    expect(await leavesOf(world, neighbour)).toHaveLength(before)
  })

  test("to what it is already changes nothing", async () => {
    const { membershipId } = await person("reviewer")
    const { value, leaves } = await newLeaves(world, () =>
      admin.patch(path(membershipId), { role: "reviewer" }),
    )
    expect(value).toMatchObject({ status: 409, body: { code: "conflict" } })
    expect(leaves).toEqual([])
  })

  test.each([{ role: "root" }, { role: null }, {}, { role: "admin", personId: "x" }, []])(
    "refuses the body %j",
    async (body) => {
      const { membershipId } = await person("reviewer")
      expect(await admin.patch(path(membershipId), body)).toMatchObject({ status: 422 })
      expect(await roleOf(membershipId)).toBe("reviewer")
    },
  )
})

describe("who may change whom:", () => {
  test.each<[string, Role, "ours" | "agency", Role, Role]>([
    ["an admin does not make owners", "admin", "agency", "reviewer", "owner"],
    ["an admin does not demote owners", "admin", "agency", "owner", "reviewer"],
    ["a reviewer changes nobody", "reviewer", "agency", "auditor", "reviewer"],
    ["an auditor changes nobody", "auditor", "agency", "reviewer", "admin"],
    ["a client's admin does not change people of the agency", "admin", "ours", "reviewer", "auditor"],
    ["a client's owner does not either", "owner", "ours", "reviewer", "auditor"],
  ])("%s", async (_, actorRole, actorPlace, role, to) => {
    const actor = await person(actorRole, actorPlace === "ours" ? world.ours.tenantId : null)
    const { membershipId } = await person(role)
    for (const attempt of [
      () => actor.caller.patch(path(membershipId), { role: to }),
      ...(to === "owner" ? [] : [() => actor.caller.delete(path(membershipId))]),
    ]) {
      const { value, leaves } = await newLeaves(world, attempt)
      expect(value).toMatchObject({ status: 403, body: { code: "forbidden" } })
      expect(leaves.map(({ body }) => [body.type, body.fields["code"]])).toEqual([
        ["request.refused", "forbidden"],
      ])
    }
    expect(await roleOf(membershipId)).toBe(role)
  })

  test("a client's admin manages that client's people, and learns nothing of another's", async () => {
    const { caller } = await person("admin", world.ours.tenantId)
    const own = await person("reviewer", world.ours.tenantId)
    const other = await person("reviewer", neighbour)

    expect((await caller.patch(path(own.membershipId), { role: "auditor" })).status).toBe(200)
    const headers = { "x-request-id": "the-same-id" }
    const foreign = await caller.patch(path(other.membershipId), { role: "auditor" }, headers)
    const missing = await caller.patch(path("mem_01J00000000000000000000000"), { role: "auditor" }, headers)
    expect([foreign.status, foreign.text]).toEqual([404, missing.text])
    expect(await roleOf(other.membershipId)).toBe("reviewer")
  })

  test("nobody changes or ends their own part", async () => {
    const self = await person("owner")
    for (const reply of [
      await self.caller.patch(path(self.membershipId), { role: "admin" }),
      await self.caller.delete(path(self.membershipId)),
      await self.caller.delete(`${path(self.membershipId)}/sessions`),
      await self.caller.post(`${path(self.membershipId)}/reset-link`),
    ]) {
      expect(reply).toMatchObject({ status: 403, body: { code: "own_role" } })
    }
    expect(await roleOf(self.membershipId)).toBe("owner")
    await owner.delete(path(self.membershipId))
  })
})

describe("the last owner", () => {
  test("of two owners who end each other at once, one remains", async () => {
    for (let round = 0; round < 5; round += 1) {
      const [one, two] = [await person("owner"), await person("owner")]
      await world.su.query("UPDATE person SET disabled_at = now() WHERE person_id = $1", [world.ours.ownerId])
      const replies = await Promise.all([
        one.caller.delete(path(two.membershipId)),
        two.caller.delete(path(one.membershipId)),
      ])
      const left = [await roleOf(one.membershipId), await roleOf(two.membershipId)].filter(
        (role) => role !== null,
      )
      expect([replies.map(({ status }) => status).filter((status) => status === 200).length, left]).toEqual([
        1,
        ["owner"],
      ])
      await world.su.query("UPDATE person SET disabled_at = NULL WHERE person_id = $1", [world.ours.ownerId])
      await world.su.query("UPDATE membership SET ended_at = now() WHERE membership_id = ANY($1)", [
        [one.membershipId, two.membershipId],
      ])
    }
  })

  test("cannot be ended or demoted, not even by themselves", async () => {
    const { rows } = await world.su.query<{ id: string }>(
      "SELECT membership_id AS id FROM membership WHERE person_id = $1 AND ended_at IS NULL",
      [world.ours.ownerId],
    )
    const last = rows[0]?.id ?? ""
    await person("owner")
    await world.su.query(
      `UPDATE person p SET disabled_at = now() FROM membership m
       WHERE m.person_id = p.person_id AND m.agency_id = $1 AND m.role = 'owner' AND m.membership_id <> $2`,
      [world.ours.agencyId, last],
    )

    for (const reply of [await owner.delete(path(last)), await owner.patch(path(last), { role: "admin" })]) {
      expect(reply).toMatchObject({ status: 409, body: { code: "last_owner" } })
    }
    expect(await roleOf(last)).toBe("owner")
  })
})

describe("ending a membership", () => {
  test("takes effect on the next request, leaves a leaf, and a second one finds nothing", async () => {
    const { membershipId, caller } = await person("reviewer")
    expect((await caller.get("/api/v1/session")).body.tenants).toHaveLength(3)
    const { value, leaves } = await newLeaves(world, () => admin.delete(path(membershipId)))

    expect(value).toMatchObject({ status: 200, body: { endedAt: expect.any(String) } })
    expect(leaves.map(({ type }) => type)).toEqual(["member.ended"])
    expect((await caller.get("/api/v1/session")).body.tenants).toEqual([])
    expect((await admin.delete(path(membershipId))).status).toBe(404)
  })

  test("ends an open long poll within a second", async () => {
    const { membershipId, caller } = await person("reviewer")
    const { approvalId } = await pendingWrite(world.ours.key)
    const polling = caller.get(`/api/v1/approvals/${approvalId}?wait=20`)
    expect((await caller.get(`/api/v1/approvals/${approvalId}`)).status).toBe(200)

    expect((await admin.delete(path(membershipId))).status).toBe(200)
    const endedAt = Date.now()
    expect((await polling).status).toBe(404)
    expect(Date.now() - endedAt).toBeLessThan(2_500)
  })

  test("ends an open event stream within a second, so that the page asks again what is still theirs", async () => {
    const { membershipId, caller } = await person("reviewer")
    const { headers } = caller
    const response = await fetch(`${world.url}/api/v1/stream`, { headers })
    const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
    expect((await reader.read()).done).toBe(false)

    expect((await admin.delete(path(membershipId))).status).toBe(200)
    const endedAt = Date.now()
    while (!(await reader.read()).done) expect(Date.now() - endedAt).toBeLessThan(2_500)
    expect(Date.now() - endedAt).toBeLessThan(2_500)
  })

  test("changes nothing but the membership", async () => {
    const { membershipId } = await person("reviewer", world.ours.tenantId)
    const state = async () => {
      const { rows } = await world.su.query(
        "SELECT name, status, policy_version, epoch FROM tenant WHERE tenant_id = $1",
        [world.ours.tenantId],
      )
      return rows
    }
    const before = await state()
    await admin.delete(path(membershipId))
    expect(await state()).toEqual(before)
  })
})

test("signing somebody out everywhere ends each session, and a waiting poll with it", async () => {
  const { membershipId, caller } = await person("reviewer")
  const { approvalId } = await pendingWrite(world.ours.key)
  const polling = caller.get(`/api/v1/approvals/${approvalId}?wait=20`)
  await until("the poll waits", async () => (await caller.get("/api/v1/session")).status === 200)

  const { value, leaves } = await newLeaves(world, () => admin.delete(`${path(membershipId)}/sessions`))
  expect(value).toMatchObject({ status: 200, body: { ended: 1 } })
  expect(leaves.map(({ body }) => [body.type, body.fields["count"]])).toEqual([["member.sessions_ended", 1]])
  expect((await polling).status).toBe(401)
})

describe("the list of members", () => {
  test("has the agency's and every client's people for the agency's overseers", async () => {
    const ours = await person("reviewer", world.ours.tenantId)
    const theirs = await person("reviewer", neighbour)
    for (const who of [owner, admin, await world.as("auditor")]) {
      const ids = await allIds(who, "/api/v1/members?")
      expect(ids).toEqual(expect.arrayContaining([ours.membershipId, theirs.membershipId]))
    }
    const filtered = await allIds(owner, `/api/v1/members?tenantId=${world.ours.tenantId}&`)
    expect(filtered).toContain(ours.membershipId)
    expect(filtered).not.toContain(theirs.membershipId)
  })

  test("has that client's people and those who reach into it for a client's admin", async () => {
    const { caller, membershipId } = await person("admin", world.ours.tenantId)
    const other = await person("reviewer", neighbour)
    const reaching = await person("reviewer")
    const ids = await allIds(caller, "/api/v1/members?")

    expect(ids).toEqual(expect.arrayContaining([membershipId, reaching.membershipId]))
    expect(ids).not.toContain(other.membershipId)
    expect(await allIds(caller, `/api/v1/members?tenantId=${neighbour}&`)).toEqual([])
  })

  test("is refused to reviewers", async () => {
    for (const list of ["members", "invitations"]) {
      const reply = await (await world.as("reviewer")).get(`/api/v1/${list}`)
      expect(reply).toMatchObject({ status: 403, body: { code: "forbidden" } })
    }
  })
})

/** Every id of a list, page by page. */
async function allIds(who: Caller, start: string): Promise<string[]> {
  const ids: string[] = []
  for (let cursor: string | null = "0"; cursor !== null;) {
    const { body }: { body: any } = await who.get(`${start}cursor=${cursor}`)
    ids.push(...body.items.map(({ membershipId }: { membershipId: string }) => membershipId))
    cursor = body.nextCursor
  }
  return ids
}
