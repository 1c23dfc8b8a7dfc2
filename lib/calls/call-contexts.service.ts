import { AppError } from "@/lib/errors/app-error"
import type { KeyCredential } from "@/lib/keys/credential"
import type { Idempotency } from "@/lib/operations/idempotency"
import { findCallContext, type CallContext } from "./calls.repo"

/** A call context whose run exists. */
export type OpenContext = CallContext & { run: NonNullable<CallContext["run"]> }

type Asked = Readonly<{ runId: string; server: string; name: string }>

/** A context with whether it was read for this call, or for an earlier one of the same key, run and tool. */
export type FoundContext = Readonly<{ context: CallContext; isFresh: boolean }>

/**
 * Contexts of earlier calls, so that the next one is decided and recorded in
 * one round trip. Nothing is granted by one that went stale: `record_call` looks
 * at key and run again, and writes nothing when the rules have moved.
 */
const known = new Map<string, OpenContext>()
const knownMax = 5_000

/** Null when the key is not live. */
export async function contextOf(
  credential: KeyCredential,
  call: Asked,
  idempotency: Idempotency | null,
): Promise<FoundContext | null> {
  const name = nameOf(credential, call)
  const earlier = known.get(name)
  if (earlier !== undefined) return { context: earlier, isFresh: false }

  const context = await findCallContext(credential, call, idempotency)
  if (context === null) return null
  if (isReusable(context)) remember(name, context)

  return { context, isFresh: true }
}

/**
 * What a call is decided on as it is now, whatever is known of earlier ones.
 *
 * @throws AppError `unauthenticated`, `scope_missing`, `not_found` for the run
 */
export async function contextNow(credential: KeyCredential, call: Asked): Promise<OpenContext> {
  const context = await findCallContext(credential, call, null)
  if (context === null) throw new AppError("unauthenticated")
  if (!context.principal.scopes.includes("request")) throw new AppError("scope_missing")
  if (context.run === null) throw new AppError("not_found")

  return { ...context, run: context.run }
}

/** Makes the next call read its context again. */
export function forgetContext(credential: KeyCredential, call: Asked): void {
  known.delete(nameOf(credential, call))
}

/** What ends in a refusal is not worth keeping. */
function isReusable(context: CallContext): context is OpenContext {
  return (
    context.run?.status === "open" && context.prior === null && context.principal.scopes.includes("request")
  )
}

/** The oldest goes first: a map keeps the order in which its members came. */
function remember(name: string, context: OpenContext): void {
  if (known.size >= knownMax) {
    for (const oldest of known.keys()) {
      known.delete(oldest)
      break
    }
  }
  known.set(name, context)
}

/** The whole credential: what one key's secret found is not there for a guess at it, nor from another address. */
function nameOf({ publicId, mac, address }: KeyCredential, { runId, server, name }: Asked): string {
  return JSON.stringify([publicId, mac.toString("base64"), address, runId, server, name])
}
