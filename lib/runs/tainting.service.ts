import type { Actor } from "@/lib/access/actor"
import { AppError } from "@/lib/errors/app-error"
import { command } from "@/lib/operations/command"
import { findRun } from "./runs.queries"
import { taintRun } from "./runs.repo"

/**
 * Remembers that a run has read what is not trusted, for as long as it lives. A
 * policy says what becomes of its writes from then on. Doing it again changes nothing.
 *
 * @throws AppError `not_found`, `run_closed`
 */
export async function taint(actor: Actor, runId: string): Promise<void> {
  const run = await findRun(actor, runId)
  if (run.status === "closed") throw new AppError("run_closed")
  if (run.taintedAt !== null) return

  await setTainted(actor, run.tenantId, runId)
}

const setTainted = command("run:taint", async ({ db }, runId: string) => {
  if (!(await taintRun(db, runId))) throw new AppError("conflict", "The run changed a moment ago.")

  return {
    value: undefined,
    events: [{ type: "run.tainted", subject: { kind: "run", id: runId }, plain: { runId } }],
  }
})
