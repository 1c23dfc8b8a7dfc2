import type pg from "pg"
import { may, type PersonActor } from "@/lib/access/actor"
import type { AuditParty } from "@/lib/audit/audit-event"
import { writeLeaf } from "@/lib/audit/leaves.service"
import { inTenantOver, type TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { jointCommand } from "@/lib/operations/joint-command"
import { cancelOpen, closeOpenRuns, dismissStart, findLastLeaf, insertStart, raiseEpoch } from "./epochs.repo"

const by: AuditParty = { kind: "system", id: "epoch" }

type NewEpoch = Readonly<{ number: number; because: string; leaves: number | null }>

/**
 * Begins an epoch in every tenant that does not have it yet, over a connection
 * that nobody else uses: nothing is served before it is done.
 */
export async function beginEpoch(client: pg.Client, epoch: NewEpoch): Promise<void> {
  let after = ""
  for (;;) {
    const { rows } = await client.query<{ tenantId: string | null }>(
      `SELECT next_tenant_before_epoch($1, $2) AS "tenantId"`,
      [after, epoch.number],
    )
    const tenantId = rows[0]?.tenantId ?? null
    if (tenantId === null) return
    await inTenantOver(client, tenantId, (db) => beginIn(db, epoch))
    after = tenantId
  }
}

/** Its first leaf commits to where the log was (SPEC 5.3); then what was open ends, with a leaf each. */
async function beginIn(db: TenantDb, { number, because, leaves }: NewEpoch): Promise<void> {
  const last = await findLastLeaf(db)
  const epoch = await raiseEpoch(db, number)
  await writeLeaf(db, by, {
    type: "epoch.started",
    subject: { kind: "tenant", id: db.tenantId },
    plain: {
      because,
      number,
      lastEventId: last?.eventId ?? null,
      lastSequence: last?.sequence ?? null,
      rememberedSequence: leaves,
    },
    secret: { lastLeaf: last?.digest ?? null },
  })
  const closedRuns = await closeOpenRuns(db, by)
  const cancelled = await cancelOpen(db, by)
  await insertStart(db, { number, epoch, because, cancelled, closedRuns })
}

/**
 * Takes the notice of an epoch from the pages of a person's clients, for
 * everybody there.
 *
 * @throws AppError `forbidden` for whoever administers no client, `not_found` when nothing of theirs has such a notice
 */
export async function dismissEpoch(person: PersonActor, number: number): Promise<void> {
  const things = person.tenants
    .filter(({ tenantId }) => may(person, "tenant:change", tenantId))
    .map(({ tenantId }) => ({ id: tenantId, tenantId, input: number }))
  if (things.length === 0) throw new AppError("forbidden")
  const dismissed = await dismissIn(person, things)
  if (!dismissed.includes(true)) throw new AppError("not_found")
}

const dismissIn = jointCommand("tenant:change", async ({ actor, db }, number: number) => {
  const epoch = await dismissStart(db, number, actor.personId)
  if (epoch === null) return { value: false, events: [] }

  return {
    value: true,
    events: [
      {
        type: "epoch.dismissed",
        subject: { kind: "tenant", id: db.tenantId },
        plain: { number },
      },
    ],
  }
})
