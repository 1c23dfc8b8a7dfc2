import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { hashPassword } from "@/lib/members/passwords"
import { signIn } from "@/lib/members/sign-in.service"
import { callerOfSession, visitor, type Caller, type Reply } from "../support/api"
import { holdLock, someoneWaits } from "../support/locks"
import { leavesOf, makePerson, newLeaves, startWorld, type MadePerson, type World } from "../support/world"

let world: World
let owner: Caller
let admin: Caller
let seenHash: string

beforeAll(async () => {
  world = await startWorld()
  owner = await world.as("owner")
  admin = await world.as("admin")
  seenHash = await hashPassword(current)
})

afterAll(() => world.close())

const current = "the password before"
const next = "the password after"
const emailOf = ({ personId }: MadePerson) => `${personId.toLowerCase()}@people.example`

async function signedUp(
  options: Parameters<typeof makePerson>[1] = { role: "reviewer" },
): Promise<MadePerson> {
  const person = await makePerson(world, options)
  await world.su.query("UPDATE person SET password_hash = $2 WHERE person_id = $1", [
    person.personId,
    seenHash,
  ])
  return person
}

async function anotherSession(
  person: MadePerson,
  password = current,
): Promise<{ id: string; caller: Caller }> {
  const { sessionId } = await signIn({ email: emailOf(person), password, address: "10.0.0.1" })
  return { id: sessionId, caller: await callerOfSession(world.url, sessionId) }
}

const alive = async (who: Caller) => (await who.get("/api/v1/session")).status === 200

describe("one's own password", () => {
  test("is changed with the current one; every other session ends; each client's log says so", async () => {
    const person = await signedUp()
    const other = await anotherSession(person)
    const { value, leaves } = await newLeaves(world, () =>
      person.caller.put("/api/v1/session/password", { current, next }),
    )

    expect(value).toMatchObject({ status: 200, body: { ended: 1 } })
    expect([await alive(person.caller), await alive(other.caller)]).toEqual([true, false])
    await expect(anotherSession(person)).rejects.toMatchObject({ code: "unauthenticated" })
    expect(await alive((await anotherSession(person, next)).caller)).toBe(true)

    const neighbour = (await leavesOf(world, world.demo.tenants[1]?.tenantId ?? "")).at(-1)
    for (const leaf of [leaves.at(-1), neighbour]) {
      expect(leaf?.body).toMatchObject({
        type: "member.password_changed",
        actor: { id: person.personId },
        fields: { because: "changed", sessionsEnded: 1 },
      })
    }
  })

  test.each<[string, object, number, string]>([
    ["a wrong current one", { current: "wrong wrong wrong", next }, 403, "wrong_password"],
    ["a short new one", { current, next: "short" }, 422, "password_refused"],
    ["no new one", { current }, 422, "invalid_request"],
  ])("is not changed with %s", async (_, body, status, code) => {
    const person = await signedUp()
    expect(await person.caller.put("/api/v1/session/password", body)).toMatchObject({
      status,
      body: { code },
    })
    expect(await alive((await anotherSession(person)).caller)).toBe(true)
  })

  test("is not guessed at by whoever holds the session: after five wrong ones it waits", async () => {
    const person = await signedUp()
    const guess = () => person.caller.put("/api/v1/session/password", { current: "wrong", next })
    for (let at = 0; at < 5; at += 1) expect((await guess()).body.code).toBe("wrong_password")
    expect((await guess()).body.code).toBe("too_many_attempts")
    expect((await person.caller.put("/api/v1/session/password", { current, next })).status).toBe(429)
  })

  test("changed twice at once is changed once", async () => {
    const person = await signedUp()
    const replies = await Promise.all(
      ["one", "two"].map((word) =>
        person.caller.put("/api/v1/session/password", { current, next: `${next} ${word}` }),
      ),
    )
    const codes = replies.map(({ status, body }) => (status === 200 ? "changed" : body.code)).sort()
    expect(codes[0]).toBe("changed")
    expect(["conflict", "wrong_password"]).toContain(codes[1])
  })
})

test("a sign-in that the old password began opens nothing once another one is set", async () => {
  const person = await signedUp()
  const changing = await holdLock(world, "UPDATE person SET password_hash = 'another' WHERE person_id = $1", [
    person.personId,
  ])
  const late = anotherSession(person).then(
    () => "signed in",
    (error: unknown) => (error as { code: string }).code,
  )
  await Promise.race([someoneWaits(world), late])
  await changing.release()
  expect(await late).toBe("unauthenticated")
})

describe("one's own sessions", () => {
  test("are listed, the one in use first, and end one by one or all others at once", async () => {
    const person = await signedUp()
    const [one, two, three] = [
      await anotherSession(person),
      await anotherSession(person),
      await anotherSession(person),
    ]
    const { items } = (await person.caller.get("/api/v1/sessions")).body
    expect(items).toHaveLength(4)
    expect(items[0]).toMatchObject({ sessionId: person.sessionId, isCurrent: true })

    const { value, leaves } = await newLeaves(world, () => person.caller.delete(`/api/v1/sessions/${one.id}`))
    expect(value).toMatchObject({ status: 200, body: { ended: 1 } })
    expect(leaves.map(({ type }) => type)).toEqual(["member.sessions_ended"])
    expect([await alive(one.caller), await alive(two.caller)]).toEqual([false, true])

    expect((await person.caller.delete("/api/v1/sessions")).body).toEqual({ ended: 2 })
    expect([await alive(two.caller), await alive(three.caller), await alive(person.caller)]).toEqual([
      false,
      false,
      true,
    ])
  })

  test("are one's own: another person's is not there", async () => {
    const [person, other] = [await signedUp(), await signedUp()]
    const headers = { "x-request-id": "the-same-id" }
    const foreign = await person.caller.delete(`/api/v1/sessions/${other.sessionId}`, undefined, headers)
    const missing = await person.caller.delete(
      "/api/v1/sessions/ses_01J00000000000000000000000",
      undefined,
      headers,
    )
    expect([foreign.status, foreign.text]).toEqual([404, missing.text])
    expect(await alive(other.caller)).toBe(true)
  })
})

describe("a reset link", () => {
  const make = (who: Caller, { membershipId }: MadePerson): Promise<Reply> =>
    who.post(`/api/v1/members/${membershipId}/reset-link`)
  const use = (link: Reply, password = next): Promise<Reply> =>
    visitor(world.url).post("/api/v1/password-resets/use", {
      token: link.body.link?.split("/").at(-1) ?? "",
      password,
    })

  test("sets another password once, signs out everywhere, and is in the log twice", async () => {
    const person = await signedUp()
    const { value: link, leaves } = await newLeaves(world, () => make(admin, person))
    expect(link.status).toBe(201)
    expect(leaves.map(({ type }) => type)).toEqual(["member.reset_link_created"])
    expect(await use(link, "short")).toMatchObject({ status: 422, body: { code: "password_refused" } })

    const used = await newLeaves(world, () => use(link))
    expect(used.value).toMatchObject({ status: 200, body: { ended: 1 } })
    expect(used.leaves.map(({ body }) => [body.type, body.fields["because"]])).toEqual([
      ["member.password_changed", "reset_link"],
    ])
    expect(await alive(person.caller)).toBe(false)
    expect(await alive((await anotherSession(person, next)).caller)).toBe(true)
    expect(await use(link)).toMatchObject({ status: 410, body: { code: "link_expired" } })
  })

  test("of ten uses at once one counts", async () => {
    const link = await make(admin, await signedUp())
    const replies = await Promise.all(Array.from({ length: 10 }, (_, at) => use(link, `${next} ${at}`)))
    expect(replies.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(410)])
  })

  test("is dead after an hour, after another one, and after the password was changed", async () => {
    const [late, twice, changed] = [await signedUp(), await signedUp(), await signedUp()]
    const links = [await make(admin, late), await make(admin, twice), await make(admin, changed)]
    await world.su.query(
      "UPDATE password_reset SET expires_at = clock_timestamp() - interval '1 second' WHERE person_id = $1",
      [late.personId],
    )
    const newer = await make(owner, twice)
    await changed.caller.put("/api/v1/session/password", { current, next })

    for (const link of links) expect((await use(link)).body.code).toBe("link_expired")
    expect((await use(newer)).status).toBe(200)
  })

  test("is made by who may handle every role of the person, then and when it is used", async () => {
    const clientAdmin = await makePerson(world, { role: "admin", tenantId: world.ours.tenantId })
    const local = await signedUp({ role: "reviewer", tenantId: world.ours.tenantId })
    const link = await make(clientAdmin.caller, local)
    expect(link.status).toBe(201)

    await world.su.query(
      "INSERT INTO membership (membership_id, agency_id, person_id, role) VALUES ('mem_more', $1, $2, 'owner')",
      [world.theirs.agencyId, local.personId],
    )
    for (const who of [clientAdmin.caller, admin, owner]) {
      expect(await make(who, local)).toMatchObject({ status: 403, body: { code: "forbidden" } })
    }
    expect((await use(link)).body.code).toBe("link_expired")
    expect(await alive(local.caller)).toBe(true)
  })

  test("for an owner is made by owners", async () => {
    const person = await signedUp({ role: "owner" })
    expect((await make(admin, person)).status).toBe(403)
    expect((await make(owner, person)).status).toBe(201)
  })
})
