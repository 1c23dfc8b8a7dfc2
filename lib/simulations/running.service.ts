import { hotJson } from "@/lib/db/hot-call"
import { inTenant, type TenantDb } from "@/lib/db/tenant-db"
import { runtime } from "@/lib/env/runtime"
import { compilePolicy, type CompiledPolicy } from "@/lib/policies/compile-policy"
import { requireDocument } from "@/lib/policies/policy-draft.service"
import { areOthersAsked } from "./asked-people"
import { retellCounted, type Counted } from "./counting.service"
import type { RecordedCall, Retold } from "./recorded-call"
import { recordedCalls } from "./recorded-calls.repo"
import { addCounts, othersAsked, overKey, type Counts } from "./simulation"
import {
  endSimulation,
  insertChangedCalls,
  lockUnderway,
  saveProgress,
  type ChangedCall,
  type Underway,
} from "./simulations.repo"

/** How many calls one transaction asks about: what a killed worker loses. */
const batch = 50

/** The first tenant after this one with a simulation under way; null when there is none. */
export async function nextSimulatingTenant(after: string): Promise<string | null> {
  return hotJson<string>("next_simulating_tenant", [after], "read")
}

/** Asks a tenant's draft about its next calls. What is done is saved with how far it is, so any worker can go on. */
export async function simulateSome(tenantId: string): Promise<void> {
  try {
    await inTenant(tenantId, async (db) => {
      const underway = await lockUnderway(db)
      if (underway !== null) await simulateNext(db, underway)
    })
  } catch (error) {
    runtime().logger.error({ err: error, tenantId }, "a simulation could not go on")
    await giveUp(tenantId)
  }
}

async function simulateNext(db: TenantDb, underway: Underway): Promise<void> {
  const { simulationId, fromCallId, untilCallId, lastCallId } = underway
  const policy = policyOf(underway)
  const after = lastCallId ?? fromCallId
  const calls = await recordedCalls(db, { after, until: untilCallId, limit: batch })
  const { counts, changed } = outcomeOf(await retellCounted(db, { simulationId, policy }, calls))
  if (changed.length > 0) await insertChangedCalls(db, simulationId, changed)

  const done = underway.done + calls.length
  const last = calls.at(-1)?.callId ?? null
  await saveProgress(db, {
    simulationId,
    lastCallId: last ?? lastCallId,
    done,
    // A call that was being recorded when the simulation began may come on top.
    total: last === null ? done : Math.max(done, underway.total),
    counts: addCounts(underway.counts, counts),
  })
  if (last === null) await endSimulation(db, simulationId, "done")
}

function outcomeOf(
  counted: readonly Counted[],
): Readonly<{ counts: Counts; changed: readonly ChangedCall[] }> {
  const counts = new Map<string, number>()
  const changed: ChangedCall[] = []
  const add = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
  for (const { call, retold, overLimit } of counted) {
    add(retold.untold ?? `${call.decision}>${retold.answer}`)
    if (overLimit !== null) add(overKey(overLimit))
    const change = changeOf(call, retold)
    if (change === null) continue
    if (change.nowRequired !== null) add(othersAsked)
    changed.push(change)
  }

  return { counts: Object.fromEntries(counts), changed }
}

/** What would be otherwise with a call: its answer, or who is asked about it; null when nothing would. */
function changeOf({ callId, decision: was, required }: RecordedCall, retold: Retold): ChangedCall | null {
  if (retold.untold !== null) return null
  const { answer: now, rule, reasons } = retold
  const common = { callId, was, now, rule, reasons }
  if (was !== now) return { ...common, wasRequired: null, nowRequired: null }
  if (required === null || retold.required === null) return null

  return areOthersAsked(required, retold.required)
    ? { ...common, wasRequired: required, nowRequired: retold.required }
    : null
}

/** The draft that was asked about last, ready to be asked again. */
let compiled: Readonly<{ simulationId: string; policy: CompiledPolicy }> | null = null

function policyOf({ simulationId, text }: Underway): CompiledPolicy {
  if (compiled?.simulationId === simulationId) return compiled.policy
  const policy = compilePolicy(requireDocument(text))
  compiled = { simulationId, policy }

  return policy
}

/** What fails would fail again; a database that is away keeps this from being saved too, and then it is tried again. */
async function giveUp(tenantId: string): Promise<void> {
  await inTenant(tenantId, async (db) => {
    const underway = await lockUnderway(db)
    if (underway !== null) await endSimulation(db, underway.simulationId, "failed")
  }).catch((error: unknown) => {
    runtime().logger.warn({ err: error, tenantId }, "a simulation that failed could not be ended")
  })
}
