import type { Actor, KeyActor, PersonActor } from "@/lib/access/actor"
import { cancelOpenApprovals } from "@/lib/approvals/approvals.service"
import type { AuditEvent } from "@/lib/audit/audit-event"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { notifyChange } from "@/lib/notifications/notifier"
import { authorise, command, type CommandContext } from "@/lib/operations/command"
import type { Idempotency } from "@/lib/operations/idempotency"
import { claimIdempotency, findPriorId, type NamedCreate } from "@/lib/operations/idempotency.repo"
import { jointCommand, type Joint, type JointDone } from "@/lib/operations/joint-command"
import { newId } from "@/lib/operations/new-id"
import { usableTools } from "@/lib/tools/tools.service"
import { lowerLimits } from "./run-limits"
import { toRunView, type OpenRunBody, type RunView } from "./run.schema"
import { issueRunToken, renewRunToken } from "./run-tokens.service"
import { closeOpenRun, hasRun, insertRun, lockRun } from "./runs.repo"
import { findRun, runView } from "./runs.queries"

/**
 * Opens a run in the key's tenant, with a first run token. The same create
 * again, by its idempotency key, gets the run that it opened before, with a
 * token of its own: secrets are not kept to be given out again.
 *
 * @throws AppError `policy_denied` when the key may not act in the environment, `unknown_operator`
 */
export async function openRun(
  actor: KeyActor,
  body: OpenRunBody,
  idempotency: Idempotency | null,
): Promise<RunView> {
  authorise(actor, "run:open", actor.tenantId)
  if (!actor.environments.includes(body.environment)) {
    const message = `The key may not act in ${body.environment}.`
    throw new AppError("policy_denied", undefined, {
      reasons: [{ code: "environment_not_allowed", message, path: "/environment" }],
    })
  }

  const create = idempotency && { keyId: actor.keyId, route: "POST /runs", idempotency }
  const priorId = create && (await findPriorId(actor.tenantId, create))
  return priorId === null
    ? addRun(actor, actor.tenantId, { ...body, key: actor, create })
    : reopened(actor, priorId)
}

/** A run as its first answer showed it. One that was closed since has no token. */
async function reopened(actor: KeyActor, runId: string): Promise<RunView> {
  const run = await runView(actor, runId)

  return run.status === "closed" ? run : { ...run, ...(await renewRunToken(actor, runId)) }
}

type NewRun = OpenRunBody & Readonly<{ key: KeyActor; create: NamedCreate | null }>

const addRun = command("run:open", async ({ db }, { key, create, ...body }: NewRun) => {
  const run = await insertRun(db, {
    runId: newId("run"),
    environment: body.environment,
    workflow: body.workflow,
    step: body.step ?? null,
    actorAgent: body.actor.agent,
    actorModel: body.actor.model ?? null,
    operatorId: body.operator ?? key.ownerId,
    keyId: key.keyId,
    requestedTools: (body.tools ?? []).map(({ server, name }) => `${server}/${name}`),
    toolsLimited: body.tools !== undefined,
    limits: lowerLimits(body.limits ?? {}, {}),
  })
  if (run === null) throw new AppError("unknown_operator")
  if (create !== null) await claimIdempotency(db, create, { status: 201, resourceId: run.runId })

  const token = await issueRunToken(db, key, run.runId)

  return {
    value: { ...toRunView(run, await usableTools(db, run.environment)), ...token.view },
    events: [
      {
        type: "run.opened",
        subject: { kind: "run", id: run.runId },
        plain: {
          runId: run.runId,
          environment: run.environment,
          operatorId: run.operatorId,
          ...token.fields,
        },
        secret: { workflow: run.workflow, step: run.step, agent: run.actorAgent, model: run.actorModel },
      },
    ],
  }
})

/** Closes a run; its open approvals are cancelled with it. Closing a closed run changes nothing. */
export async function closeRun(actor: Actor, runId: string): Promise<void> {
  const run = await findRun(actor, runId)
  if (run.status === "closed") return

  tellOf(run.tenantId, runId, await endRun(actor, run.tenantId, runId))
}

const endRun = command("run:close", async ({ db }: CommandContext, runId: string) => {
  const { value, events } = await endIn(db, { runId, reason: null })
  const [first, ...rest] = events
  if (value === null || first === undefined) {
    throw new AppError("conflict", "The run was closed a moment ago.")
  }

  return { value, events: [first, ...rest] }
})

/**
 * Stops runs for good, all of them or none, with a reason. What waits in them
 * is cancelled with them.
 *
 * @returns of each, how many approvals were cancelled; null where it was closed already
 */
export async function stopRuns(
  actor: PersonActor,
  runs: readonly Joint<Ending>[],
): Promise<readonly (number | null)[]> {
  const ended = await endRuns(actor, runs)

  return runs.map(({ tenantId, input: { runId } }, index) => {
    const cancelled = ended[index] ?? null
    if (cancelled === null) return null
    tellOf(tenantId, runId, cancelled)
    return cancelled.length
  })
}

type Ending = Readonly<{ runId: string; reason: string | null }>

const endRuns = jointCommand("run:close", ({ db }, ending: Ending) => endIn(db, ending))

/**
 * Ends a run in a transaction that does more than that.
 *
 * @returns the approvals that were cancelled; null, and no event, where the run is closed already
 */
export async function endIn(
  db: TenantDb,
  { runId, reason }: Ending,
): Promise<JointDone<readonly string[] | null>> {
  const closed = await closeOpenRun(db, runId)
  if (closed === null && !(await hasRun(db, runId))) throw new AppError("not_found")
  if (closed === null) return { value: null, events: [] }

  const { approvalIds, events } = await cancelOpenApprovals(db, { runId }, "run_closed")
  const because = reason === null ? null : "kill_switch"
  const closing: AuditEvent = {
    type: "run.closed",
    subject: { kind: "run", id: runId },
    plain: { runId, because },
    secret: { reason },
  }

  return { value: approvalIds, events: [closing, ...events] }
}

/** Wakes who waits for the run or for what was cancelled with it, after the commit. */
export function tellOf(tenantId: string, runId: string, cancelled: readonly string[]): void {
  notifyChange({ tenantId, approvalId: "", runId })
  for (const approvalId of cancelled) notifyChange({ tenantId, approvalId, runId })
}

/** Locks a run's row before what is in it, in a transaction that goes on to end it. */
export async function holdRun(db: TenantDb, runId: string): Promise<void> {
  await lockRun(db, runId)
}
