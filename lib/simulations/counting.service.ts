import type { TenantDb } from "@/lib/db/tenant-db"
import { grantLimit, type CallLimit } from "@/lib/calls/call-limits"
import type { Reason } from "@/lib/errors/app-error"
import type { CompiledPolicy } from "@/lib/policies/compile-policy"
import { countKeys, takeLimits, type CallTimes, type Used } from "./counted-limits"
import { limitsOf, retell, type RecordedCall, type Retold } from "./recorded-call"
import { findUses, saveUses } from "./simulated-uses.repo"
import { takingTurns } from "./turns"

/** What a draft says of a call, and which of its limits would have refused it. */
export type Counted = Readonly<{ call: RecordedCall; retold: Retold; overLimit: string | null }>

/**
 * Asks a draft about calls in the order in which they were made, and counts
 * what it lets through, or puts to people, against the draft's own limits.
 */
export async function retellCounted(
  db: TenantDb,
  { simulationId, policy }: Readonly<{ simulationId: string; policy: CompiledPolicy }>,
  calls: readonly RecordedCall[],
): Promise<readonly Counted[]> {
  const othersTurn = takingTurns()
  const told: Told[] = []
  for (const call of calls) {
    told.push(tell(policy, call))
    await othersTurn()
  }

  const used: Used = new Map()
  const load = async (keys: readonly string[]) => {
    const missing = keys.filter((key) => !used.has(key))
    if (missing.length === 0) return
    const known = await findUses(db, simulationId, [...new Set(missing)])
    for (const key of missing) used.set(key, known.get(key) ?? 0)
  }
  await load(told.flatMap(({ limits, times }) => countKeys(limits, times)))
  const counted: Counted[] = []
  for (const first of told) {
    counted.push(await count(policy, first, { used, load }))
    await othersTurn()
  }
  await saveUses(db, simulationId, used)

  return counted
}

type Told = Readonly<{
  call: RecordedCall
  retold: Retold
  limits: readonly CallLimit[]
  times: CallTimes
}>

function tell(policy: CompiledPolicy, call: RecordedCall): Told {
  const retold = retell(policy, call)
  const openedAt = typeof call.facts === "object" ? (call.facts?.run.openedAt ?? 0) : 0

  return {
    ...{ call, retold, times: { at: call.requestedAt.getTime(), openedAt } },
    limits: retold.untold === null ? limitsOf(retold, call) : [],
  }
}

type Counting = Readonly<{ used: Used; load: (keys: readonly string[]) => Promise<void> }>

/** Where a grant has no use left the draft is asked again without it, as it would have been. */
async function count(policy: CompiledPolicy, told: Told, counting: Counting): Promise<Counted> {
  const { call, retold, limits, times } = told
  await counting.load(countKeys(limits, times))
  const over = takeLimits(limits, times, counting.used)
  if (over === null || retold.untold !== null) return { call, retold, overLimit: null }
  if (over.name === grantLimit && retold.grant !== null) {
    return count(policy, tell(policy, withoutGrant(call, retold.grant.rule)), counting)
  }

  const refused = { ...retold, answer: "deny" as const, required: null, reasons: [reasonOf(over)] }
  return { call, retold: refused, overLimit: over.name }
}

function withoutGrant(call: RecordedCall, rule: string): RecordedCall {
  const { facts } = call
  if (facts === null || facts === "gone") return call

  return { ...call, facts: { ...facts, spentGrants: [...(facts.spentGrants ?? []), rule] } }
}

function reasonOf({ name, limit }: CallLimit): Reason {
  return { code: "limit_exceeded", message: `The draft's limit ${name} of ${limit} would have been reached.` }
}
