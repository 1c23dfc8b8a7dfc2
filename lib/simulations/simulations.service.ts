import type { PersonActor } from "@/lib/access/actor"
import { AppError } from "@/lib/errors/app-error"
import { idBefore } from "@/lib/kernel/id"
import { command, partyOf } from "@/lib/operations/command"
import { newId } from "@/lib/operations/new-id"
import { requireDocument } from "@/lib/policies/policy-draft.service"
import { countCalls } from "./recorded-calls.repo"
import type { SimulationView } from "./simulation.schema"
import { simulationView } from "./simulations.queries"
import { endSimulation, insertSimulation, lockSimulation } from "./simulations.repo"

const dayMs = 24 * 60 * 60 * 1_000

/**
 * Begins to ask a draft about every call of the last days. The worker does the
 * work; what it comes to is kept for seven days. Nothing of the rules changes.
 *
 * @throws AppError `invalid_policy`, `simulation_under_way`
 */
export async function startSimulation(
  actor: PersonActor,
  tenantId: string,
  draft: Readonly<{ text: string; days: number }>,
): Promise<SimulationView> {
  return simulationView(actor, tenantId, await saveStart(actor, tenantId, draft))
}

const saveStart = command(
  "policy:manage",
  async ({ actor, db, now }, { text, days }: Readonly<{ text: string; days: number }>) => {
    requireDocument(text)
    const simulationId = newId("simulation")
    const fromCallId = idBefore("call", now.getTime() - days * dayMs)
    const untilCallId = idBefore("call", now.getTime() + 1)
    const total = await countCalls(db, { after: fromCallId, until: untilCallId })
    const startedById = partyOf(actor).id
    const simulation = { simulationId, text, days, fromCallId, untilCallId, total, startedById }
    if (!(await insertSimulation(db, simulation))) throw new AppError("simulation_under_way")

    const subject = { kind: "simulation", id: simulationId } as const
    return {
      value: simulationId,
      events: [{ type: "policy.simulated", subject, plain: { days }, secret: { text } }],
    }
  },
)

/**
 * Ends a simulation that is under way; what it found until then can still be read.
 *
 * @throws AppError `not_found`, `simulation_ended`
 */
export async function cancelSimulation(
  actor: PersonActor,
  tenantId: string,
  simulationId: string,
): Promise<SimulationView> {
  await saveCancel(actor, tenantId, simulationId)

  return simulationView(actor, tenantId, simulationId)
}

const saveCancel = command("policy:manage", async ({ db }, simulationId: string) => {
  const status = await lockSimulation(db, simulationId)
  if (status === null) throw new AppError("not_found")
  if (status !== "running") throw new AppError("simulation_ended")
  await endSimulation(db, simulationId, "cancelled")

  const subject = { kind: "simulation", id: simulationId } as const
  return { value: null, events: [{ type: "policy.simulation_cancelled", subject }] }
})
