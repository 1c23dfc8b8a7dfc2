import type pg from "pg"
import type { Caller, Reply } from "./api"
import { beforeState } from "./calls"
import type { Crowd } from "./crowd"
import { anOutcome } from "./deciding"
import type { Act, Answered } from "./lifecycle-history"
import * as life from "./lifecycle-model"

/** What is done something about, and which of the processes is asked. */
export type Target = Readonly<{
  runId: string
  approvalId: string
  changeHash: string
  executionId: string | null
  node: number
}>

type Means = Readonly<{ crowd: Crowd; su: pg.Client }>

/** One thing that can be done about an approval, by the REST API as by the model. */
export type Deed = Readonly<{
  name: string
  ask: (means: Means, target: Target) => Promise<Reply>
  model: (approval: life.ModelApproval, executionId: string | null) => life.Answer
  /** `ok` or the code, unless it says more. */
  answerOf?: (reply: Reply) => life.Answer
}>

/** Does it. Null where it was refused with no effect for want of anything. */
export async function perform(deed: Deed, means: Means, target: Target): Promise<Answered | null> {
  const reply = await deed.ask(means, target).catch(() => null)
  const code = reply === null ? "outcome_unknown" : String(reply.body?.code)
  if (reply?.status === 503 && code !== "outcome_unknown") return null
  if (reply !== null && reply.status >= 500 && reply.status !== 503) throw new Error(reply.text)

  const executionId = (reply?.body?.executionId as string | undefined) ?? null
  const act: Act = { name: deed.name, model: (approval) => deed.model(approval, executionId) }
  if (reply === null || reply.status === 503) return { act, answer: null, executionId }
  return { act, answer: (deed.answerOf ?? plainAnswer)(reply), executionId }
}

export function plainAnswer({ status, body }: Reply): life.Answer {
  if (status >= 300) return String(body.code)
  return body?.replayed === true ? "replayed" : "ok"
}

export function voting(who: life.Who, decision: life.Vote["decision"], isRightHash = true): Deed {
  const hasReason = decision !== "approve"
  return {
    name: `${who}: ${decision}`,
    ask: ({ crowd }, { approvalId, changeHash, node }) =>
      at(crowd.people[who], node).post(`/api/v1/approvals/${approvalId}/votes`, {
        decision,
        changeHash: isRightHash ? changeHash : "0".repeat(64),
        ...(hasReason && { reason: "Not like this." }),
      }),
    model: (approval) => life.vote(approval, { who, decision, hasReason, isRightHash }),
  }
}

export function withdrawing(who: life.Who): Deed {
  return {
    name: `${who}: withdraw`,
    ask: ({ crowd }, { approvalId, node }) =>
      at(crowd.people[who], node).delete(`/api/v1/approvals/${approvalId}/votes/mine`),
    model: (approval) => life.withdraw(approval, who),
  }
}

export function spending(key: life.KeyName, nonce: number, wrong?: "run" | "hash" | "state"): Deed {
  return {
    name: `${key}: consume with ${nonce}${wrong === undefined ? "" : ` and another ${wrong}`}`,
    ask: ({ crowd }, { approvalId, runId, changeHash, node }) =>
      at(crowd.keys[key], node).post(`/api/v1/approvals/${approvalId}/consume`, {
        runId: wrong === "run" ? crowd.otherRunId : runId,
        changeHash: wrong === "hash" ? "0".repeat(64) : changeHash,
        nonce: String(nonce).repeat(64),
        observed: [wrong === "state" ? { state: "absent" } : beforeState],
      }),
    model: (approval, executionId) =>
      life.consume(approval, {
        ...{ key, nonce, executionId },
        ...{ isRightRun: wrong !== "run", isRightHash: wrong !== "hash", isRightState: wrong !== "state" },
      }),
  }
}

export function reporting(key: life.KeyName, outcome: life.Report["outcome"]): Deed {
  return {
    name: `${key}: ${outcome}`,
    ask: ({ crowd }, { executionId, node }) =>
      at(crowd.keys[key], node).post(`/api/v1/executions/${executionId ?? ""}/outcome`, {
        ...anOutcome,
        status: outcome,
      }),
    model: (approval) => life.report(approval, { key, outcome }),
  }
}

export function cancelling(by: life.Canceller): Deed {
  return {
    name: `${by}: cancel`,
    ask: ({ crowd }, { approvalId, node }) =>
      at(callersOf(crowd, by), node).post(`/api/v1/approvals/${approvalId}/cancel`),
    model: (approval) => life.cancel(approval, by),
  }
}

/** @param rest of the path, such as how long to wait */
export function reading(by: "asking" | "auditor", rest = ""): Deed {
  return {
    name: `${by}: read${rest}`,
    ask: ({ crowd }, { approvalId, node }) =>
      at(callersOf(crowd, by), node).get(`/api/v1/approvals/${approvalId}${rest}`),
    model: (approval) =>
      asRead(
        life.read(approval),
        approval.voters.size,
        approval.execution && (approval.execution.outcome ?? "started"),
      ),
    answerOf: ({ body }) =>
      asRead(
        body.status,
        body.votes.filter((vote: { decision: string }) => vote.decision === "approve").length,
        body.execution?.status ?? null,
      ),
  }
}

const asRead = (status: string, approvers: number, execution: string | null) =>
  `is ${status}, ${approvers} for it, ${execution ?? "not run"}`

/** Time runs out for it, by the database's clock. */
export const expiring: Deed = {
  name: "its time is up",
  ask: async ({ su }, { approvalId }) => {
    await su.query(
      `UPDATE approval SET expires_at = expires_at - interval '30 days', use_by = use_by - interval '30 days'
       WHERE approval_id = $1 AND status IN ('pending', 'approved')`,
      [approvalId],
    )
    return { status: 200, body: {}, text: "", headers: new Headers() }
  },
  model: (approval) => {
    life.letTimePass(approval)
    return "ok"
  },
}

/** Ends the run that it is in, and all that waits there. Who closes it second at the same time is told so. */
export const closing: Deed = {
  name: "close the run",
  answerOf: (reply) => (reply.body?.code === "conflict" ? "ok" : plainAnswer(reply)),
  ask: ({ crowd }, { runId, node }) => at(crowd.keys.asking, node).post(`/api/v1/runs/${runId}/close`),
  model: (approval) => {
    if (approval.around.has("keyRevoked")) return "unauthenticated"
    life.cancel(approval, "admin")
    return "ok"
  },
}

function callersOf({ keys, people }: Crowd, by: life.Canceller): readonly Caller[] {
  return by === "asking" || by === "other" || by === "foreign" ? keys[by] : people[by]
}

export function at(callers: readonly Caller[], node: number): Caller {
  const caller = callers[node % callers.length]
  if (caller === undefined) throw new Error("There is no process to ask.")
  return caller
}
