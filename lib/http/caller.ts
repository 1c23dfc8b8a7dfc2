import type { PersonActor } from "@/lib/access/actor"
import { csrfMatches } from "@/lib/auth/csrf"
import { sessionIdFromCookie } from "@/lib/auth/session-cookie"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { credentialFrom, type KeyCredential } from "@/lib/keys/credential"
import { principalOfSession } from "@/lib/members/sessions.service"
import type { Asker } from "@/lib/operations/asker"

/** The key that a request presents; only its shape and checksum have been looked at. */
export function requireCredential(request: Request, address: string | null): KeyCredential {
  const credential = credentialFrom(request.headers.get("authorization") ?? undefined, address)
  if (credential === null) throw new AppError("unauthenticated")

  return credential
}

/**
 * The person behind a request's session. Whether the request came from our own
 * page is for `assertOwnPage` to say.
 */
export async function requirePerson(request: Request): Promise<PersonActor> {
  const person = await findPerson(request)
  if (person === null) throw new AppError("unauthenticated")

  return person
}

/** The same for who may also be nobody: null without a live session. */
export async function findPerson(request: Request): Promise<PersonActor | null> {
  const sessionId = await sessionIdFromCookie(request.headers.get("cookie") ?? undefined)

  return sessionId === null ? null : principalOfSession(sessionId)
}

/** A key when the request presents one, else the session. */
export async function requireAsker(request: Request, address: string | null): Promise<Asker> {
  return request.headers.has("authorization")
    ? { kind: "credential", credential: requireCredential(request, address) }
    : { kind: "person", actor: await requirePerson(request) }
}

/**
 * Anything that a session sends but a GET must come from our own page: exact
 * Origin, same-origin fetch, and the session's token (SPEC 7.5).
 *
 * @throws AppError `csrf_failed`
 */
export function assertOwnPage(request: Request, asker: Asker): void {
  if (asker.kind !== "person" || isReading(request)) return

  const token = request.headers.get("x-csrf-token") ?? ""
  if (isFromOwnOrigin(request) && csrfMatches(asker.actor.sessionId, token)) return

  throw new AppError("csrf_failed")
}

/**
 * The same for a visitor, who has no session and so no token: the secret that
 * the request carries is what a foreign page cannot know.
 *
 * @throws AppError `csrf_failed`
 */
export function assertOwnOrigin(request: Request): void {
  if (isReading(request) || isFromOwnOrigin(request)) return

  throw new AppError("csrf_failed")
}

function isReading({ method }: Request): boolean {
  return method === "GET" || method === "HEAD"
}

function isFromOwnOrigin(request: Request): boolean {
  const origin = request.headers.get("origin")
  const site = request.headers.get("sec-fetch-site")
  const { origin: own, hosts } = runtime().config
  const scheme = new URL(own).protocol

  return (
    (site === null || site === "same-origin") &&
    origin !== null &&
    hosts.some((host) => origin === `${scheme}//${host}`)
  )
}
