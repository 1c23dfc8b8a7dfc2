import type { PersonActor } from "@/lib/access/actor"
import type { Role } from "@/lib/access/permissions"
import { AppError } from "@/lib/errors/app-error"
import { isId } from "@/lib/kernel/id"
import type { Prisma } from "@/prisma/generated/client"
import { toAppError } from "./failures"
import { prisma } from "./prisma"

declare const brand: unique symbol

/** A read-only transaction whose rows are bounded by row-level security. */
export type ReadDb = Prisma.TransactionClient & { readonly [brand]: "ReadDb" }

/** Reads one tenant. */
export async function readInTenant<T>(tenantId: string, work: (db: ReadDb) => Promise<T>): Promise<T> {
  if (!isId("tenant", tenantId)) throw new AppError("not_found")

  return read(async (db) => {
    await db.$queryRaw`
      SELECT set_config('app.tenant', ${tenantId}, true), set_config('transaction_read_only', 'on', true)`
    return work(db)
  })
}

/**
 * Reads every tenant in which a signed-in person holds one of these roles. The
 * session and its memberships are looked at again in this transaction, so an
 * ended one sees nothing.
 *
 * @throws AppError `unauthenticated` when the session has ended
 */
export async function acrossTenants<T>(
  actor: PersonActor,
  roles: readonly Role[],
  work: (db: ReadDb) => Promise<T>,
): Promise<T> {
  return read(async (db) => {
    const bound = await db.$queryRaw<{ live: boolean }[]>`
      SELECT bind_session(${actor.sessionId}, ${[...roles]}::text[]) IS NOT NULL AS live,
        set_config('transaction_read_only', 'on', true)`
    if (bound[0]?.live !== true) throw new AppError("unauthenticated")

    return work(db)
  })
}

/** On a busy machine the client's own two and five seconds run out in this process; the database has limits of its own. */
const patience = { maxWait: 10_000, timeout: 15_000 } as const

async function read<T>(work: (db: ReadDb) => Promise<T>): Promise<T> {
  try {
    return await prisma().$transaction((tx) => work(tx as ReadDb), patience)
  } catch (error) {
    throw toAppError(error, "read")
  }
}
