import { randomBytes } from "node:crypto"
import type { PersonActor } from "@/lib/access/actor"
import type { AuditEvent } from "@/lib/audit/audit-event"
import type { PersonDb } from "@/lib/db/tenant-db"
import { databaseTime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { provePassword } from "@/lib/members/account.service"
import { accountCommand } from "@/lib/operations/account-command"
import { newId } from "@/lib/operations/new-id"
import { fault } from "./assertion-fault"
import { challengeSeconds, type Authenticator, type NewCredential } from "./authenticator"
import type { AssertionBody, AuthenticatorView, EnrolBody, EnrolmentView } from "./authenticator.schema"
import {
  enrolledIds,
  findEnrolment,
  insertAuthenticator,
  insertEnrolment,
  listAuthenticatorsOf,
  removeAuthenticators,
  renameAuthenticator,
  spendEnrolment,
  useAuthenticator,
  type Enrolment,
} from "./authenticators.repo"
import {
  creationOptions,
  refuse,
  requestOptions,
  verifyAssertion,
  verifyRegistration,
} from "./webauthn.service"

/** One's own authenticators. */
export async function ownAuthenticators(actor: PersonActor): Promise<AuthenticatorView[]> {
  return (await authenticatorsOf(actor)).map(toView)
}

/** Those that another session of one's own enrolled within a day: whoever it was, the person has to hear of it. */
export async function addedElsewhere(actor: PersonActor): Promise<AuthenticatorView[]> {
  const since = databaseTime() - toldHours * 60 * 60 * 1000

  return (await authenticatorsOf(actor))
    .filter(({ sessionId, createdAt }) => sessionId !== actor.sessionId && createdAt.getTime() > since)
    .map(toView)
}

const toldHours = 24

/** One's own, as their answers are checked. */
export function authenticatorsOf({ personId }: PersonActor): Promise<readonly Authenticator[]> {
  return listAuthenticatorsOf(personId)
}

function toView({ authenticatorId, name, createdAt, lastUsedAt }: Authenticator): AuthenticatorView {
  return {
    authenticatorId,
    name,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  }
}

/**
 * Begins to enrol an authenticator. It takes the password; and once there is
 * one, one of those has to sign as well, or the password alone would do what
 * only two administrators may (a recovery).
 *
 * @throws AppError `wrong_password`, `too_many_attempts`
 */
export async function beginEnrolment(actor: PersonActor, password: string): Promise<EnrolmentView> {
  await provePassword(actor, password)
  const { sessionId } = actor
  const known = await authenticatorsOf(actor)
  const challenge = randomBytes(32).toString("base64url")
  const enrolmentId = newId("enrolment")
  const expiresAt = await saveEnrolment(actor.personId, { enrolmentId, sessionId, challenge })

  return {
    enrolmentId,
    expiresAt: expiresAt.toISOString(),
    options: creationOptions(challenge, actor, known),
    proof: known.length === 0 ? null : requestOptions(challenge, known),
  }
}

const saveEnrolment = accountCommand(async (db, enrolment: Enrolment) => ({
  value: await insertEnrolment(db, enrolment, challengeSeconds),
  events: [
    {
      type: "authenticator.enrolment_begun",
      subject: { kind: "person", id: db.personId },
      plain: { personId: db.personId, sessionId: enrolment.sessionId },
    },
  ],
}))

/**
 * Enrols an authenticator that has answered.
 *
 * @throws AppError `enrolment_expired`, `authenticator_refused`, `authenticator_known`, `step_up_required`,
 * `step_up_invalid`
 */
export async function enrol(actor: PersonActor, body: EnrolBody): Promise<AuthenticatorView> {
  const { enrolmentId, name, registration, proof } = body
  const challenge = await findEnrolment(enrolmentId, actor.sessionId)
  if (challenge === null) throw new AppError("enrolment_expired")

  const known = await authenticatorsOf(actor)
  const proven = proof === undefined ? null : await provenBy(known, proof, challenge)
  const credential = await verifyRegistration(registration, challenge)
  const { personId, sessionId } = actor
  await saveAuthenticator(personId, { enrolmentId, sessionId, name, credential, proven })

  const added = (await authenticatorsOf(actor)).find(
    ({ credentialId }) => credentialId === credential.credentialId,
  )
  if (added === undefined) throw new AppError("conflict", "The authenticator was removed a moment ago.")
  return toView(added)
}

type Proven = Readonly<{ authenticatorId: string; signCount: number }>

async function provenBy(
  known: readonly Authenticator[],
  proof: AssertionBody,
  challenge: string,
): Promise<Proven> {
  const signer = known.find(({ credentialId }) => credentialId === proof.id)
  if (signer === undefined) return refuse("step_up_invalid", fault("unknown_authenticator"))

  const signCount = await verifyAssertion(proof, challenge, signer)
  return { authenticatorId: signer.authenticatorId, signCount }
}

type NewAuthenticator = Readonly<{
  enrolmentId: string
  sessionId: string
  name: string
  credential: NewCredential
  proven: Proven | null
}>

const saveAuthenticator = accountCommand(
  async (db, { enrolmentId, sessionId, name, credential, proven }: NewAuthenticator) => {
    // Read behind the person's lock: of two first ones at once the second needs the first.
    const enrolled = await enrolledIds(db, db.personId)
    if (enrolled.length > 0 && proven === null) throw new AppError("step_up_required")
    if (proven !== null && !(await useAuthenticator(db, proven)))
      refuse("step_up_invalid", fault("unknown_authenticator"))
    if (!(await spendEnrolment(db, enrolmentId))) throw new AppError("enrolment_expired")

    const authenticatorId = newId("authenticator")
    if (!(await insertAuthenticator(db, { authenticatorId, name, sessionId, credential })))
      throw new AppError("authenticator_known")

    return {
      value: undefined,
      events: [
        aboutOne(db, "authenticator.added", authenticatorId, { provenBy: proven?.authenticatorId ?? null }),
      ],
    }
  },
)

/** @throws AppError `not_found` */
export async function rename(
  actor: PersonActor,
  authenticatorId: string,
  name: string,
): Promise<AuthenticatorView> {
  await saveName(actor.personId, { authenticatorId, name })
  const found = (await authenticatorsOf(actor)).find((one) => one.authenticatorId === authenticatorId)
  if (found === undefined) throw new AppError("not_found")

  return toView(found)
}

const saveName = accountCommand(async (db, renaming: Readonly<{ authenticatorId: string; name: string }>) => {
  if (!(await renameAuthenticator(db, renaming))) throw new AppError("not_found")
  return {
    value: undefined,
    events: [
      {
        ...aboutOne(db, "authenticator.renamed", renaming.authenticatorId, {}),
        secret: { name: renaming.name },
      },
    ],
  }
})

/**
 * Removes one of one's authenticators, with the password. The last one stays:
 * without it the password alone could enrol another, which takes a recovery.
 *
 * @throws AppError `wrong_password`, `too_many_attempts`, `not_found`, `last_authenticator`
 */
export async function remove(
  actor: PersonActor,
  authenticatorId: string,
  password: string,
): Promise<{ removed: number }> {
  const enrolled = await listAuthenticatorsOf(actor.personId)
  if (!enrolled.some((one) => one.authenticatorId === authenticatorId)) throw new AppError("not_found")
  await provePassword(actor, password)

  return saveRemoval(actor.personId, authenticatorId)
}

const saveRemoval = accountCommand(async (db, authenticatorId: string) => {
  const enrolled = await enrolledIds(db, db.personId)
  if (!enrolled.includes(authenticatorId)) throw new AppError("not_found")
  if (enrolled.length === 1) throw new AppError("last_authenticator")
  const removed = await removeAuthenticators(db, db.personId, { authenticatorId, because: "removed" })

  return { value: { removed }, events: [aboutOne(db, "authenticator.removed", authenticatorId, {})] }
})

function aboutOne(
  { personId }: PersonDb,
  type: AuditEvent["type"],
  authenticatorId: string,
  plain: Readonly<Record<string, string | null>>,
): AuditEvent {
  return { type, subject: { kind: "authenticator", id: authenticatorId }, plain: { personId, ...plain } }
}
