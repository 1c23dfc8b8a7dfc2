import { randomInt } from "node:crypto"
import { setTimeout } from "node:timers/promises"
import { inTenant } from "@/lib/db/tenant-db"
import { databaseTime, runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { notifyChange } from "@/lib/notifications/notifier"
import { drawnId } from "@/lib/operations/new-id"
import { askAs, materialOf, type Material } from "./asking.service"
import { dropPlanned } from "./canaries.repo"
import { canaryApprovalId } from "./canary"
import type { Deviation } from "./deviation"
import { deviationsOf } from "./deviations"
import { shuffled } from "./draw"
import {
  findDue,
  nextTenantWithDueCanary,
  releaseCanary,
  type PlannedCanary,
  type ReleaseCode,
} from "./releasing.repo"
import { findSources } from "./sources.repo"
import { tellEnded } from "./telling.service"

/** Does what is to be done about canaries in every tenant, once around, until the time is over. */
export async function sweepCanaries(deadline: number): Promise<void> {
  const { stopping, logger } = runtime()
  let after = await nextTenantWithDueCanary("")
  while (after !== null && !stopping.aborted && Date.now() < deadline) {
    const tenantId = after
    await sweepTenant(tenantId).catch((error: unknown) => {
      logger.error({ err: error, tenantId }, "the canaries of a client could not be seen to")
    })
    after = await nextTenantWithDueCanary(tenantId)
  }
}

async function sweepTenant(tenantId: string): Promise<void> {
  await tellEnded(tenantId)
  const due = await inTenant(tenantId, findDue)
  if (due === null || (await release(tenantId, due)) !== "unsuitable") return

  await inTenant(tenantId, (db) => dropPlanned(db, "nothing_suitable"))
  await tellEnded(tenantId)
}

/** So many ways are tried; where the rules move meanwhile, the next sweep begins anew. */
const triesMax = 40

type Attempted = "out" | "later" | "unsuitable"

/** Makes a canary of what people approved lately, and puts it before them. */
async function release(tenantId: string, canary: PlannedCanary): Promise<Attempted> {
  const sources = await inTenant(tenantId, (db) => findSources(db, databaseTime()))
  let tries = 0
  for (const source of shuffled(canary.secret, "source", sources)) {
    const material = await materialOf(tenantId, source).catch(nullIfRefused)
    if (material === null) continue
    for (const deviation of deviationsOf(material.approved, canary.secret)) {
      const came = await attempt(tenantId, canary, { material, deviation })
      if (came !== "unsuitable") return came
      tries += 1
      if (tries >= triesMax) return "unsuitable"
    }
  }

  return "unsuitable"
}

type Made = Readonly<{ material: Material; deviation: Deviation }>

/** How long making a call is given before its run is opened: ids hold the time of their making (milliseconds). */
const leadMs = 150

async function attempt(tenantId: string, canary: PlannedCanary, made: Made): Promise<Attempted> {
  const { source } = made.material
  const opensAt = Date.now() + leadMs
  const pauseMs = randomInt(20, 600)
  const ids = {
    runId: drawnId("run", opensAt),
    callId: drawnId("call", opensAt + pauseMs),
    approvalId: canaryApprovalId({ ...canary, tenantId }, opensAt + pauseMs),
  }
  const asked = await askAs(made.material, made.deviation, ids).catch(nullIfRefused)
  if (asked === null) return "unsuitable"

  await setTimeout(Math.max(0, opensAt - Date.now()))
  const code = await releaseCanary({
    tenantId,
    canary: {
      canaryId: canary.canaryId,
      sourceApprovalId: source.approvalId,
      deviation: made.deviation.code,
      words: made.deviation.words,
      withToken: source.withToken,
      address: made.material.credential.address,
    },
    runId: ids.runId,
    ...asked,
    pauseMs,
  }).catch(refusedByLimit)
  if (code === null) notifyChange({ tenantId, approvalId: ids.approvalId, runId: ids.runId })

  return attempted(code)
}

function attempted(code: ReleaseCode | null): Attempted {
  if (code === null) return "out"
  return code === "rules_moved" || code === "gone" ? "later" : "unsuitable"
}

/** A refusal that we meant says that this cannot be asked for; anything else is no answer. */
function nullIfRefused(error: unknown): null {
  if (error instanceof AppError && error.status < 500 && error.code !== "limit_exceeded") return null
  throw error
}

function refusedByLimit(error: unknown): ReleaseCode {
  if (error instanceof AppError && error.code === "limit_exceeded") return "state_moved"
  throw error
}
