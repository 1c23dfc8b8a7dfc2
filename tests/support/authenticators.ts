import { hashPassword } from "@/lib/members/passwords"
import type { Reply } from "./api"
import type { Pending } from "./calls"
import { softwareAuthenticator, type Assertion, type SoftwareAuthenticator } from "./software-authenticator"
import { makePerson, type MadePerson, type World } from "./world"

export const password = "a password that is known"

let hash: string | undefined

/** Somebody who has a password, so that they can enrol. */
export async function personWithPassword(
  world: World,
  options: Parameters<typeof makePerson>[1] = { role: "reviewer" },
): Promise<MadePerson> {
  const person = await makePerson(world, options)
  hash ??= await hashPassword(password)
  await world.su.query("UPDATE person SET password_hash = $2 WHERE person_id = $1", [person.personId, hash])

  return person
}

/** The origin under which the test's server takes itself to be reached. */
export function originOf({ url }: Pick<World, "url">): string {
  return url.replace("127.0.0.1", "localhost")
}

export async function beginEnrolment({ caller }: MadePerson): Promise<Reply> {
  return caller.post("/api/v1/session/authenticators/options", { password })
}

/** Enrols an authenticator, signing with one that the person has where there is one. */
export async function enrol(
  world: World,
  person: MadePerson,
  options: Readonly<{ name?: string; with?: SoftwareAuthenticator }> = {},
): Promise<SoftwareAuthenticator & { authenticatorId: string }> {
  const made = softwareAuthenticator(originOf(world))
  const begun = await beginEnrolment(person)
  if (begun.status !== 201) throw new Error(begun.text)
  const { enrolmentId, options: asked, proof } = begun.body
  const reply = await person.caller.post("/api/v1/session/authenticators", {
    enrolmentId,
    name: options.name ?? "Key",
    registration: made.create(asked),
    ...(options.with === undefined ? {} : { proof: options.with.get(proof) }),
  })
  if (reply.status !== 201) throw new Error(reply.text)

  return { ...made, authenticatorId: reply.body.authenticatorId }
}

export function beginStepUp(
  { caller }: Pick<MadePerson, "caller">,
  { approvalId, changeHash }: Pending,
  decision = "approve",
): Promise<Reply> {
  return caller.post(`/api/v1/approvals/${approvalId}/step-up`, { decision, changeHash })
}

/** A signature for this decision, as the person's authenticator gives it. */
export async function signed(
  person: Pick<MadePerson, "caller">,
  pending: Pending,
  key: SoftwareAuthenticator,
  decision = "approve",
): Promise<Assertion> {
  const begun = await beginStepUp(person, pending, decision)
  if (begun.status !== 201) throw new Error(begun.text)

  return key.get(begun.body.options)
}
