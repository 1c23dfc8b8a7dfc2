import type { Reply } from "./api"
import { beginEnrolment, enrol, originOf, password, personWithPassword } from "./authenticators"
import { pendingWrite } from "./calls"
import type { Write } from "./every-write"
import { softwareAuthenticator } from "./software-authenticator"
import type { World } from "./world"

const path = "/api/v1/session/authenticators"

/** Every write about authenticators and what they sign. */
export const authenticatorWrites: Readonly<Record<string, (world: World) => Promise<Write>>> = {
  "POST /session/authenticators/options": async (world) => {
    const { caller: by } = await personIn(world)
    return { by, ask: (who) => who.post(`${path}/options`, { password }), succeeds: 201 }
  },
  "POST /session/authenticators": async (world) => {
    const person = await personIn(world)
    const { enrolmentId, options } = (await beginEnrolment(person)).body
    const registration = softwareAuthenticator(originOf(world)).create(options)
    const ask = (who: typeof person.caller) => who.post(path, { enrolmentId, name: "Key", registration })
    return { by: person.caller, ask, succeeds: 201 }
  },
  "PATCH /session/authenticators/{authenticatorId}": async (world) => {
    const person = await personIn(world)
    const { authenticatorId } = await enrol(world, person)
    return write(person, (who) => who.patch(`${path}/${authenticatorId}`, { name: "Another name" }))
  },
  "DELETE /session/authenticators/{authenticatorId}": async (world) => {
    const person = await personIn(world)
    const first = await enrol(world, person)
    const { authenticatorId } = await enrol(world, person, { with: first })
    return write(person, (who) => who.delete(`${path}/${authenticatorId}`, { password }))
  },
  "POST /session/authenticator-recovery": async (world) => {
    const person = await personIn(world)
    await enrol(world, person)
    const ask = (who: Person["caller"]) => who.post("/api/v1/session/authenticator-recovery")
    return { by: person.caller, ask, succeeds: 201 }
  },
  "POST /members/{membershipId}/authenticator-recovery": async (world) => {
    const person = await personIn(world)
    await enrol(world, person)
    const at = `/api/v1/members/${person.membershipId}/authenticator-recovery`
    return { by: await world.as("owner"), ask: (who) => who.post(at), succeeds: 201 }
  },
  "POST /authenticator-recoveries/{recoveryId}/confirm": async (world) => {
    const at = `/api/v1/authenticator-recoveries/${await recoveryIn(world)}/confirm`
    return { by: await world.as("owner"), ask: (who) => who.post(at), succeeds: 200 }
  },
  "DELETE /authenticator-recoveries/{recoveryId}": async (world) => {
    const at = `/api/v1/authenticator-recoveries/${await recoveryIn(world)}`
    return { by: await world.as("owner"), ask: (who) => who.delete(at), succeeds: 200 }
  },
  "POST /approvals/{approvalId}/step-up": async (world) => {
    const person = await personIn(world)
    await enrol(world, person)
    const { approvalId, changeHash } = await pendingWrite(world.ours.key)
    const body = { decision: "approve", changeHash }
    const ask = (who: typeof person.caller) => who.post(`/api/v1/approvals/${approvalId}/step-up`, body)
    return { by: person.caller, ask, succeeds: 201 }
  },
}

type Person = Awaited<ReturnType<typeof personIn>>

/** A reviewer of our first tenant alone: the log that matters is its. */
function personIn(world: World) {
  return personWithPassword(world, { role: "reviewer", tenantId: world.ours.tenantId })
}

function write({ caller: by }: Person, ask: (who: Person["caller"]) => Promise<Reply>): Write {
  return { by, ask, succeeds: 200 }
}

/** A recovery that a member of our first tenant asked for. */
export async function askedRecovery(world: World): Promise<Readonly<{ person: Person; recoveryId: string }>> {
  const person = await personIn(world)
  await enrol(world, person)
  const asked = await person.caller.post("/api/v1/session/authenticator-recovery")
  if (asked.status !== 201) throw new Error(asked.text)

  return { person, recoveryId: asked.body.recoveryId }
}

export async function recoveryIn(world: World): Promise<string> {
  return (await askedRecovery(world)).recoveryId
}

/** One that the person withdraws, and one that two administrators carry through. */
export async function recoveriesEnd(world: World): Promise<void> {
  const at = "/api/v1/authenticator-recoveries"
  const { person, recoveryId } = await askedRecovery(world)
  const other = await recoveryIn(world)
  for (const reply of [
    await person.caller.delete(`${at}/${recoveryId}`),
    await (await world.as("owner")).post(`${at}/${other}/confirm`),
    await (await world.as("admin")).post(`${at}/${other}/confirm`),
  ]) {
    if (reply.status !== 200) throw new Error(reply.text)
  }
}
