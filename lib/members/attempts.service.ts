import { createHmac } from "node:crypto"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { countAttempts, forgetAttempts, forgetFailures, recordAttempt } from "./sign-in.repo"

/** Failures after which an e-mail or an address has to wait. */
export const failuresMax = { email: 5, address: 20 } as const
const windowSeconds = 15 * 60

/** Who or what failures are counted for. */
type Subject = Readonly<{ mac: Buffer; max: number }>

/** A try that counts as failed until it is taken back. */
export type Attempt = readonly string[]

/** The table of failures names nobody: it holds keyed digests. */
export function subjectOf(kind: keyof typeof failuresMax, value: string): Subject {
  const mac = createHmac("sha256", runtime().secrets.sessionSecret)
    .update(`deltaseal/sign-in/v1\0${kind}\0${value}`)
    .digest()

  return { mac, max: failuresMax[kind] }
}

/**
 * Counts a try as failed before it is made, so that a hundred at once are not a
 * hundred guesses. A refused one is not counted itself: whoever keeps trying
 * does not wait for ever.
 *
 * @throws AppError `too_many_attempts` with the seconds to wait
 */
export async function beginAttempt(subjects: readonly Subject[]): Promise<Attempt> {
  const attempt = await recordAttempt(subjects.map(({ mac }) => mac))
  const counts = await Promise.all(
    subjects.map(async ({ mac, max }) => ({ max, ...(await countAttempts(mac, windowSeconds)) })),
  )
  const tooMany = counts.filter(({ count, max }) => count > max)
  if (tooMany.length === 0) return attempt

  await forgetAttempts(attempt)
  const waits = tooMany.map(({ oldestSeconds }) => Math.max(1, Math.ceil(windowSeconds - oldestSeconds)))
  throw new AppError("too_many_attempts", "There were too many failed attempts. Wait, then try again.", {
    retryAfterSeconds: Math.max(...waits),
  })
}

/** Takes a try back that was no failure. */
export async function takeBack(attempt: Attempt): Promise<void> {
  await forgetAttempts(attempt)
}

/** Forgets what a subject failed before: they have shown who they are. */
export async function forgive(subject: Subject): Promise<void> {
  await forgetFailures(subject.mac, windowSeconds)
}

/** Runs what a link is for; only links that lead nowhere count against the address. */
export async function tryLink<T>(address: string | null, work: () => Promise<T>): Promise<T> {
  const attempt = await beginAttempt([subjectOf("address", address ?? "unknown")])
  try {
    const value = await work()
    await takeBack(attempt)

    return value
  } catch (error) {
    if (!(error instanceof AppError && error.code === "link_expired")) await takeBack(attempt)
    throw error
  }
}
