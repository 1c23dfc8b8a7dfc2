import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { PersonActor } from "@/lib/access/actor"
import { addedElsewhere } from "@/lib/authenticators/authenticators.service"
import { principalOfSession } from "@/lib/members/sessions.service"
import type { Caller, Reply } from "../support/api"
import { beginEnrolment, enrol, originOf, password, personWithPassword } from "../support/authenticators"
import { softwareAuthenticator } from "../support/software-authenticator"
import { makePerson, newLeaves, startWorld, type MadePerson, type World } from "../support/world"

let world: World
let admin: Caller
let second: MadePerson

beforeAll(async () => {
  world = await startWorld()
  admin = await world.as("admin")
  second = await makePerson(world, { role: "admin" })
})
afterAll(() => world.close())

const path = "/api/v1/session/authenticators"
const listOf = async ({ caller }: MadePerson) => (await caller.get(path)).body.items
const codeOf = ({ status, body }: Reply) => (status < 300 ? status : body.code)

describe("one's own authenticators", () => {
  test("are enrolled, listed, renamed and removed, each with its leaf", async () => {
    const person = await personWithPassword(world)
    const done = await newLeaves(world, async () => {
      const first = await enrol(world, person, { name: "Laptop" })
      const { authenticatorId } = await enrol(world, person, { name: "Key", with: first })
      await person.caller.patch(`${path}/${authenticatorId}`, { name: "Key on the ring" })
      expect((await listOf(person)).map(({ name }: { name: string }) => name)).toEqual([
        "Laptop",
        "Key on the ring",
      ])
      return person.caller.delete(`${path}/${first.authenticatorId}`, { password })
    })

    expect(done.value.body).toEqual({ removed: 1 })
    expect(await listOf(person)).toEqual([
      {
        authenticatorId: expect.any(String),
        name: "Key on the ring",
        createdAt: expect.any(String),
        lastUsedAt: null,
      },
    ])
    expect(done.leaves.map(({ type }) => type)).toEqual([
      "authenticator.enrolment_begun",
      "authenticator.added",
      "authenticator.enrolment_begun",
      "authenticator.added",
      "authenticator.renamed",
      "authenticator.removed",
    ])
  })

  test("are not added or removed without the password, nor another one without one that is there", async () => {
    const person = await personWithPassword(world)
    const wrong = { password: "wrong" }
    expect(codeOf(await person.caller.post(`${path}/options`, wrong))).toBe("wrong_password")
    const first = await enrol(world, person)
    const { enrolmentId, options, proof } = (await beginEnrolment(person)).body
    const made = softwareAuthenticator(originOf(world))
    const body = { enrolmentId, name: "Second", registration: made.create(options) }
    expect(codeOf(await person.caller.post(path, body))).toBe("step_up_required")
    const forged = { ...body, proof: softwareAuthenticator(originOf(world)).get(proof) }
    expect(codeOf(await person.caller.post(path, forged))).toBe("step_up_invalid")

    const at = `${path}/${first.authenticatorId}`
    expect(codeOf(await person.caller.delete(at, wrong))).toBe("wrong_password")
    expect(codeOf(await person.caller.delete(at, { password }))).toBe("last_authenticator")
    expect(await listOf(person)).toHaveLength(1)
  })

  test("that are added are told to the person's other sessions for a day", async () => {
    const person = await personWithPassword(world)
    await enrol(world, person, { name: "Laptop" })
    const who = { ...(await principalOfSession(person.sessionId)) } as PersonActor
    expect(await addedElsewhere(who)).toEqual([])
    const elsewhere = { ...who, sessionId: "ses_x" }
    expect((await addedElsewhere(elsewhere)).map(({ name }) => name)).toEqual(["Laptop"])
    await world.su.query(
      "UPDATE authenticator SET created_at = created_at - interval '25 hours' WHERE person_id = $1",
      [person.personId],
    )
    expect(await addedElsewhere(elsewhere)).toEqual([])
  })

  test.each([
    ["for another site", { origin: "https://evil.example" }],
    ["for another relying party", { rpId: "evil.example" }],
    ["for another enrolment", { challenge: "b".repeat(43) }],
    ["without a verified user", { flags: 0x41 }],
  ])("one that answers %s is refused", async (_, lies) => {
    const person = await personWithPassword(world)
    const { enrolmentId, options } = (await beginEnrolment(person)).body
    const registration = softwareAuthenticator(originOf(world)).create(options, lies)
    const refused = await person.caller.post(path, { enrolmentId, name: "Key", registration })
    expect(codeOf(refused)).toBe("authenticator_refused")
    expect(await listOf(person)).toEqual([])
  })

  test("an enrolment is used once, in its own session, within five minutes", async () => {
    const person = await personWithPassword(world)
    const other = await personWithPassword(world)
    const made = softwareAuthenticator(originOf(world))
    const begun = (await beginEnrolment(person)).body
    const body = { enrolmentId: begun.enrolmentId, name: "Key", registration: made.create(begun.options) }
    expect(codeOf(await other.caller.post(path, body))).toBe("enrolment_expired")
    expect(codeOf(await person.caller.post(path, body))).toBe(201)
    expect(codeOf(await person.caller.post(path, body))).toBe("enrolment_expired")

    const late = (await beginEnrolment(other)).body
    await world.su.query("UPDATE authenticator_enrolment SET expires_at = now() WHERE person_id = $1", [
      other.personId,
    ])
    const again = { ...body, enrolmentId: late.enrolmentId }
    expect(codeOf(await other.caller.post(path, again))).toBe("enrolment_expired")
  })

  test("another person's are not there", async () => {
    const [person, other] = [await personWithPassword(world), await personWithPassword(world)]
    const { authenticatorId } = await enrol(world, other)
    expect(codeOf(await person.caller.patch(`${path}/${authenticatorId}`, { name: "Mine" }))).toBe(
      "not_found",
    )
    expect(codeOf(await person.caller.delete(`${path}/${authenticatorId}`, { password }))).toBe("not_found")
  })
})

describe("a recovery", () => {
  const ask = ({ caller }: MadePerson) => caller.post("/api/v1/session/authenticator-recovery")
  const begin = (who: Caller, { membershipId }: MadePerson) =>
    who.post(`/api/v1/members/${membershipId}/authenticator-recovery`)
  const confirm = (who: Caller, { body }: Reply) =>
    who.post(`/api/v1/authenticator-recoveries/${body.recoveryId}/confirm`)
  const end = (who: Caller, { body }: Reply) =>
    who.delete(`/api/v1/authenticator-recoveries/${body.recoveryId}`)

  const someone = async (role: "reviewer" | "admin" | "owner" = "reviewer") => {
    const person = await personWithPassword(world, { role })
    await enrol(world, person)
    return person
  }

  test("takes two administrators where the person asks, is told to all of them, and then the password is enough", async () => {
    const person = await someone()
    const done = await newLeaves(world, async () => {
      const asked = await ask(person)
      expect(asked.status).toBe(201)
      for (const who of [person.caller, admin, second.caller]) {
        const { items } = (await who.get("/api/v1/authenticator-recoveries")).body
        expect(items[0]).toMatchObject({ recoveryId: asked.body.recoveryId, status: "open" })
      }
      expect(codeOf(await confirm(person.caller, asked))).toBe("forbidden")
      expect((await confirm(admin, asked)).body).toMatchObject({ status: "open" })
      expect(codeOf(await confirm(admin, asked))).toBe("second_person_required")
      expect(await listOf(person)).toHaveLength(1)
      return confirm(second.caller, asked)
    })

    expect(done.value.body).toMatchObject({ status: "done" })
    expect(done.leaves.map(({ type }) => type).filter((type) => type.startsWith("recovery."))).toEqual([
      "recovery.asked",
      "recovery.confirmed",
      "recovery.done",
    ])
    expect(await listOf(person)).toEqual([])
    await enrol(world, person)
    expect(await listOf(person)).toHaveLength(1)
  })

  test("that an administrator begins takes one more", async () => {
    const person = await someone()
    const begun = await begin(admin, person)
    expect(begun.body).toMatchObject({ status: "open", mayConfirm: false })
    expect(codeOf(await confirm(admin, begun))).toBe("second_person_required")
    expect(codeOf(await ask(person))).toBe("recovery_open")
    expect((await confirm(second.caller, begun)).body.status).toBe("done")
    expect(codeOf(await confirm(second.caller, begun))).toBe("recovery_closed")
  })

  test("is nobody's who may not handle the person: not a reviewer's, not an admin's of an owner", async () => {
    const [owner, reviewer] = [await someone("owner"), await someone()]
    expect(codeOf(await begin(admin, owner))).toBe("forbidden")
    expect(codeOf(await begin(reviewer.caller, owner))).toBe("forbidden")
    const asked = await ask(owner)
    for (const who of [admin, reviewer.caller]) expect(codeOf(await confirm(who, asked))).toBe("forbidden")
    const { items } = (await admin.get("/api/v1/authenticator-recoveries")).body
    expect(items.map(({ recoveryId }: { recoveryId: string }) => recoveryId)).not.toContain(
      asked.body.recoveryId,
    )
    expect(codeOf(await begin(owner.caller, owner))).toBe("own_role")
  })

  test("does not count the first administrator when they are one no longer", async () => {
    const person = await someone()
    const gone = await makePerson(world, { role: "admin" })
    const begun = await begin(gone.caller, person)
    await world.su.query("UPDATE membership SET role = 'reviewer' WHERE membership_id = $1", [
      gone.membershipId,
    ])
    expect((await confirm(admin, begun)).body.status).toBe("open")
    expect(await listOf(person)).toHaveLength(1)
    expect((await confirm(second.caller, begun)).body.status).toBe("done")
  })

  test("ends after a day, when the person withdraws it, and when an administrator refuses it", async () => {
    const person = await someone()
    const withdrawn = await begin(admin, person)
    expect((await end(person.caller, withdrawn)).body.status).toBe("withdrawn")
    const refused = await ask(person)
    expect((await end(second.caller, refused)).body.status).toBe("refused")
    const late = await ask(person)
    await world.su.query("UPDATE authenticator_recovery SET expires_at = now() WHERE recovery_id = $1", [
      late.body.recoveryId,
    ])
    for (const one of [withdrawn, refused, late]) {
      expect(codeOf(await confirm(second.caller, one))).toBe("recovery_closed")
    }
    expect(await listOf(person)).toHaveLength(1)
    expect(codeOf(await ask(person))).toBe(201)
  })

  test("of two second administrators at once one ends it, and one person is never two", async () => {
    const person = await someone()
    const begun = await begin(admin, person)
    const third = await makePerson(world, { role: "owner" })
    const replies = await Promise.all(
      [second.caller, second.caller, third.caller].map((who) => confirm(who, begun)),
    )
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    await expect(
      world.su.query(
        "UPDATE authenticator_recovery SET second_admin_id = first_admin_id WHERE recovery_id = $1",
        [begun.body.recoveryId],
      ),
    ).rejects.toMatchObject({ code: "23514" })
  })
})
