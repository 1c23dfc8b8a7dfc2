import type { KeyActor } from "@/lib/access/actor"
import type { PlainFields } from "@/lib/audit/audit-event"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { printKey } from "@/lib/keys/api-key"
import { macOf, newPrintedKey } from "@/lib/keys/credential"
import { command } from "@/lib/operations/command"
import { newId } from "@/lib/operations/new-id"
import type { RunTokenView } from "./run.schema"
import { findChain, insertRunToken, lockRun } from "./run-tokens.repo"

/** A token as its holder gets it, once, and what the log says of it. */
export type IssuedToken = Readonly<{ view: RunTokenView; fields: PlainFields }>

/**
 * Gives a token for an open run: to the key, a first one; to a live token of
 * the run, one that takes its place. The token before it lives on until it
 * expires or the next renewal, so that calls under way end well.
 *
 * @throws AppError `not_found`, `run_closed`, `scope_missing`, `unauthenticated` when the token ended just now
 */
export function renewRunToken(actor: KeyActor, runId: string): Promise<RunTokenView> {
  return renew(actor, actor.tenantId, { key: actor, runId })
}

const renew = command(
  "run:token",
  async ({ db }, { key, runId }: Readonly<{ key: KeyActor; runId: string }>) => {
    const status = await lockRun(db, key, runId)
    if (status === null) throw new AppError("not_found")
    if (status === "closed") throw new AppError("run_closed")
    const { view, fields } = await issueRunToken(db, key, runId)
    const type = key.token === null ? "run_token.issued" : "run_token.renewed"

    return {
      value: view,
      events: [{ type, subject: { kind: "run", id: runId }, plain: { runId, ...fields } }],
    }
  },
)

/** Adds a token in the caller's transaction, which appends the event that names it. */
export async function issueRunToken(db: TenantDb, key: KeyActor, runId: string): Promise<IssuedToken> {
  const printed = newPrintedKey("run")
  const tokenId = newId("runToken")
  const chainId = key.token === null ? tokenId : await findChain(db, key.token.tokenId)
  if (chainId === null) throw new AppError("unauthenticated")
  const { publicId } = printed
  const token = { tokenId, chainId, publicId, secretMac: macOf(printed), runId, keyId: key.keyId }
  const expiresAt = await insertRunToken(db, token)

  return {
    view: { runId, runToken: printKey(printed), runTokenExpiresAt: expiresAt.toISOString() },
    fields: { issuedTokenId: tokenId, tokenExpiresAt: expiresAt.getTime() },
  }
}
