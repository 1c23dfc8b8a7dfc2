import { runsOf, type Actor } from "@/lib/access/actor"
import type { ReadDb } from "@/lib/db/read-db"
import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"

/** Where calls are explained again: a run that the actor may read, and the version in force in its tenant. */
export type ReplayPlace = Readonly<{ tenantId: string; runId: string; policyVersion: number }>

/** @throws AppError `not_found` */
export const placeOfRun: (actor: Actor, runId: string) => Promise<ReplayPlace> = query(
  "run:events",
  async ({ actor, db }, runId: string) => findPlace(db, actor, { runId }),
)

/** @throws AppError `not_found` */
export const placeOfCall: (actor: Actor, callId: string) => Promise<ReplayPlace> = query(
  "run:events",
  async ({ actor, db }, callId: string) => findPlace(db, actor, { calls: { some: { callId } } }),
)

type Wanted = Readonly<{ runId: string }> | Readonly<{ calls: { some: { callId: string } } }>

async function findPlace(db: ReadDb, actor: Actor, wanted: Wanted): Promise<ReplayPlace> {
  const run = await db.run.findFirst({
    where: { ...wanted, ...runsOf(actor) },
    select: { tenantId: true, runId: true, tenant: { select: { policyVersion: true } } },
  })
  if (run === null) throw new AppError("not_found")

  const { tenantId, runId, tenant } = run
  return { tenantId, runId, policyVersion: tenant.policyVersion }
}
