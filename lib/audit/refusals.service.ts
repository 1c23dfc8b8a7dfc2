import { sha256Hex } from "@deltaseal/guard/change"
import type { PersonActor } from "@/lib/access/actor"
import { hotCall } from "@/lib/db/hot-call"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { keyArguments, type KeyCredential } from "@/lib/keys/credential"
import { authenticateKey } from "@/lib/keys/keys.service"
import { newId, newSalts } from "@/lib/operations/new-id"

/** Refusals of one key and code that get a leaf each; the rest of the minute is counted (SPEC 5.1). */
const leavesPerMinute = 60
const windowMs = 60_000

type Window = {
  startedAt: number
  count: number
  /** How many of them have a leaf of their own at the most. */
  leaves: number
  credential: KeyCredential
  code: string
}

/** What was refused: the code, the call, and the reasons, of which the leaf has only a digest. */
export type Refusal = Readonly<{ code: string; action: string; reasons: readonly unknown[] }>

const windows = new Map<string, Window>()

/**
 * Writes the leaf of a refused request (403 or 422) of a key, in a transaction
 * of its own.
 *
 * @throws AppError `unauthenticated` when the key is not live, `unavailable` when the leaf could not be written:
 * the request stays refused either way
 */
export async function recordRefusal(credential: KeyCredential, refusal: Refusal): Promise<void> {
  if (overRefusalLimit(credential, refusal.code)) {
    await authenticateKey(credential)
    return
  }

  const row = await hotCall<{ record_refusal: boolean }>(
    "record_refusal",
    [
      ...keyArguments(credential),
      refusal.code,
      refusal.action,
      sha256Hex(JSON.stringify(refusal.reasons)),
      newId("event"),
      newSalts(1),
    ],
    "write",
  ).catch(refuseUnrecorded)
  if (row?.record_refusal === true) return

  // A stranger's guesses are not counted: they would only fill the memory.
  windows.delete(windowName(credential, refusal.code))
  throw new AppError("unauthenticated")
}

/**
 * Writes the leaf of a refused request of a signed-in person, in the tenant of
 * the approval, plan, run or tenant that it was about; about nothing of theirs, there is none.
 */
export async function recordPersonRefusal(
  person: PersonActor,
  refusal: Refusal &
    Readonly<{
      approvalId: string | null
      planId?: string | null
      runId: string | null
      tenantId: string | null
    }>,
): Promise<void> {
  await hotCall(
    "record_session_refusal",
    [
      person.sessionId,
      refusal.approvalId,
      refusal.planId ?? null,
      refusal.runId,
      refusal.tenantId,
      refusal.code,
      refusal.action,
      sha256Hex(JSON.stringify(refusal.reasons)),
      newId("event"),
      newSalts(1),
    ],
    "write",
  ).catch(refuseUnrecorded)
}

/** The same for what is no one tenant's, such as a new client: in the log of each that the person has a part in. */
export async function recordPersonRefusalEverywhere(person: PersonActor, refusal: Refusal): Promise<void> {
  const count = person.tenants.length
  await hotCall(
    "record_person_refusal",
    [
      person.sessionId,
      refusal.code,
      refusal.action,
      sha256Hex(JSON.stringify(refusal.reasons)),
      Array.from({ length: count }, () => newId("event")),
      newSalts(count),
    ],
    "write",
  ).catch(refuseUnrecorded)
}

/** @throws AppError what was meant already, else `unavailable`: the leaf could not be written */
export function refuseUnrecorded(cause: unknown): never {
  if (cause instanceof AppError) throw cause
  throw new AppError("unavailable", "The refusal could not be recorded; nothing was done.", { cause })
}

/** Whether this refusal of this key is one too many for a leaf of its own; then it is counted instead. */
export function overRefusalLimit(credential: KeyCredential, code: string): boolean {
  return countIn(credential, code, leavesPerMinute) > leavesPerMinute
}

/** Counts a refusal that gets no leaf of its own (class B): a minute of them becomes one event. */
export function countRefusal(credential: KeyCredential, code: string): void {
  countIn(credential, code, 0)
}

/** How many there are with this one in its minute. */
function countIn(credential: KeyCredential, code: string, leaves: number): number {
  const name = windowName(credential, code)
  const known = windows.get(name)
  if (known !== undefined && Date.now() - known.startedAt < windowMs) {
    known.count += 1
    return known.count
  }

  windows.set(name, { startedAt: Date.now(), count: 1, leaves, credential, code })
  setTimeout(() => void closeWindow(name), windowMs).unref()
  return 1
}

/** Whether the next refusal of this key and code would be one too many; asking counts nothing. */
export function isAtRefusalLimit(credential: KeyCredential, code: string): boolean {
  const known = windows.get(windowName(credential, code))

  return known !== undefined && Date.now() - known.startedAt < windowMs && known.count >= leavesPerMinute
}

function windowName({ publicId, mac }: KeyCredential, code: string): string {
  return `${publicId}|${mac.toString("hex")}|${code}`
}

/** A minute with more refusals than leaves becomes one event that counts the rest. */
async function closeWindow(name: string): Promise<void> {
  const window = windows.get(name)
  windows.delete(name)
  if (window === undefined || window.count <= window.leaves) return

  await hotCall(
    "record_refusals_counted",
    [...keyArguments(window.credential), window.code, window.count - window.leaves, newId("event")],
    "write",
  ).catch((error: unknown) => {
    runtime().logger.error({ err: error }, "a count of refusals could not be recorded")
  })
}
