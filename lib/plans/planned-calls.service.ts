import { answeredChecks, refusedChecks } from "@/lib/calls/answered-checks"
import { contextNow, type OpenContext } from "@/lib/calls/call-contexts.service"
import type { CallRequest } from "@/lib/calls/call-request"
import { judge, type Held, type Judged, type Refused } from "@/lib/calls/judging.service"
import { outcomeOfHeld, storable, type Storable } from "@/lib/calls/recording.service"
import type { PreparedChange } from "@/lib/changes/changes.service"
import { AppError, type Reason } from "@/lib/errors/app-error"
import { leftBehind, type LeftBehind } from "./left-behind"
import type { FreeCall } from "./plan"
import type { CreatePlanBody } from "./plan.schema"

export type PlanRequest = Omit<CallRequest, "body"> & Readonly<{ body: CreatePlanBody }>

/** What became of a plan's calls, each judged as if it were asked for now. */
export type JudgedPlan = Readonly<{
  held: readonly PlannedCall[]
  free: readonly FreeCall[]
  /** The oldest rules that one of them was judged under. */
  rulesVersion: number
}>

/** A call that people decide on, with what it has to find at its targets because of those before it. */
type PlannedCall = Held & Readonly<{ index: number; left: LeftBehind | null }>

/**
 * Puts every call of a plan before what decides on it. Nothing is recorded.
 *
 * @throws AppError with the code and, under `/calls/<index>`, the reasons of what refuses one of them;
 * `plan_empty` when nobody has to approve any
 */
export async function judgePlan(request: PlanRequest): Promise<JudgedPlan> {
  const judged = await judgeAll(request)
  const refused = judged.flatMap((one, index) => (one.verdict === "deny" ? [{ ...one, index }] : []))
  const [first] = refused
  if (first !== undefined) throw refusalOf(first, refused)

  const left = leftBehind(judged.map(changeOf))
  const held = judged.flatMap((one, index) =>
    one.verdict === "ask" ? [{ ...one, index, left: left[index] ?? null }] : [],
  )
  if (held.length === 0) throw new AppError("plan_empty")

  return {
    held,
    rulesVersion: Math.min(...judged.map(({ attempt }) => attempt.decided.context.tenant.rulesVersion)),
    free: judged.flatMap((one, index) =>
      one.verdict === "allow" ? [{ index, tool: { ...one.attempt.request.body.tool } }] : [],
    ),
  }
}

/**
 * The items of a plan as they are stored: each an ordinary held call with the
 * plan's time to be used in, where no rule says less.
 */
export function itemsOf(
  { held }: JudgedPlan,
  { planId, useWithinSeconds }: Readonly<{ planId: string; useWithinSeconds: number }>,
): (Storable & Readonly<{ left: LeftBehind | null }>)[] {
  return held.map(({ attempt, needed, change, after, index, left }) => {
    const { approval, ...outcome } = outcomeOfHeld(attempt, needed)
    const usedWithin = needed.isUseWithinSaid
      ? Math.min(useWithinSeconds, needed.useWithinSeconds)
      : useWithinSeconds
    const item = { ...approval, useWithinSeconds: usedWithin, planId, planIndex: index }
    const checks = answeredChecks(attempt, after)

    return { ...storable(attempt, { ...outcome, approval: item }, { change, checks }), left }
  })
}

function changeOf(judged: Judged): PreparedChange | null {
  switch (judged.verdict) {
    case "ask":
      return judged.change
    case "allow":
      return judged.put.change
    case "deny":
      return null
  }
}

async function judgeAll(request: PlanRequest): Promise<Judged[]> {
  const { credential, body, ...rest } = request
  const contexts = new Map<string, OpenContext>()
  const judged: Judged[] = []
  for (const [index, call] of body.calls.entries()) {
    const asked = { runId: body.runId, server: call.tool.server, name: call.tool.name }
    const name = `${asked.server}/${asked.name}`
    const context = contexts.get(name) ?? (await contextNow(credential, asked))
    contexts.set(name, context)

    const one = { ...rest, credential, body: { ...call, runId: body.runId } }
    judged.push(
      await judge(one, { context, isFresh: true }).catch((error: unknown) => {
        throw aboutCall(index, error)
      }),
    )
  }

  return judged
}

/** Reasons with the place of their call in front of their own. */
function reasonsOf(index: number, reasons: readonly Reason[]): Reason[] {
  return reasons.map((reason) => ({ ...reason, path: `/calls/${index}${reason.path ?? ""}` }))
}

function refusalOf(
  { attempt, denial }: Refused,
  refused: readonly (Refused & { index: number })[],
): AppError {
  return new AppError(denial.code, "A call of the plan is refused, and with it the plan.", {
    reasons: refused.flatMap((one) => reasonsOf(one.index, one.denial.reasons)),
    explanation: {
      matchedRule: attempt.ruling?.answer.rule ?? null,
      checks: refusedChecks(attempt, denial.after),
    },
  })
}

/** What is wrong with a change, told with the place of its call. */
function aboutCall(index: number, error: unknown): unknown {
  if (!(error instanceof AppError) || error.status >= 500) return error
  const { code, message, reasons, retryAfterSeconds, cause } = error
  const own = reasons.length === 0 ? [{ code, message }] : reasons

  return new AppError(code, message, {
    reasons: reasonsOf(index, own),
    cause,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
}
