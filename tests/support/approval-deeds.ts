import { afterState, beforeState } from "./calls"
import { anOutcome } from "./deciding"
import type { Caller } from "./api"
import type { Crowd } from "./crowd"
import { askFor, at, plainAnswer, type Deed, type Target } from "./deeds"
import { ask, approvers } from "./lifecycle-deciding"
import * as life from "./lifecycle-model"

/** What agents and clocks do about approvals. */

export function spending(key: life.KeyName, nonce: number, wrong?: "run" | "hash" | "state"): Deed {
  return {
    name: `${key}: consume with ${nonce}${wrong === undefined ? "" : ` and another ${wrong}`}`,
    ask: ({ crowd }, { approvalId, runId, changeHash, parts, node }) =>
      at(crowd.keys[key], node).post(`/api/v1/approvals/${approvalId}/consume`, {
        runId: wrong === "run" ? crowd.otherRunId : runId,
        changeHash: wrong === "hash" ? "0".repeat(64) : changeHash,
        nonce: String(nonce).repeat(64),
        observed: Array.from({ length: parts }, () =>
          wrong === "state" ? { state: "absent" } : beforeState,
        ),
      }),
    model: (approval, { executionId }) =>
      life.consume(approval, {
        ...{ key, nonce, executionId },
        ...{ isRightRun: wrong !== "run", isRightHash: wrong !== "hash", isRightState: wrong !== "state" },
      }),
  }
}

export function reporting(key: life.KeyName, outcome: life.Report["outcome"]): Deed {
  return {
    name: `${key}: ${outcome}`,
    ask: ({ crowd }, { executionId, parts, node }) =>
      at(crowd.keys[key], node).post(`/api/v1/executions/${executionId ?? ""}/outcome`, {
        ...anOutcome,
        status: outcome,
        observedAfter: Array.from({ length: parts }, () => afterState),
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
    model: (approval) => {
      const { execution, glass, status } = approval
      const isBreaking = glass !== null && status === "pending" && !approval.isDue
      return asRead(
        life.read(approval),
        approvers(approval).length,
        execution && (execution.outcome ?? "started"),
        isBreaking,
      )
    },
    answerOf: ({ body }) =>
      asRead(
        body.status,
        body.votes.filter((vote: { decision: string }) => vote.decision === "approve").length,
        body.execution?.status ?? null,
        body.breakGlass?.status === "open",
      ),
  }
}

const asRead = (status: string, approvers: number, execution: string | null, isBreaking: boolean) =>
  `is ${status}, ${approvers} for it, ${execution ?? "not run"}${isBreaking ? ", one wants the glass broken" : ""}`

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
  isAround: true,
  answerOf: (reply) => (reply.body?.code === "conflict" ? "ok" : plainAnswer(reply)),
  ask: ({ crowd }, { runId, node }) => at(crowd.keys.asking, node).post(`/api/v1/runs/${runId}/close`),
  model: ({ life: all, run }) => life.close(all, run),
}

/**
 * Asks for the same change in the later run, where its decision can be carried over to.
 *
 * @param name of what that makes
 */
export function askingAgain(name: string): Deed {
  return {
    name: `ask again, for ${name}`,
    makes: name,
    ask: ({ crowd }, { laterRunId, change, node }) => askFor(at(crowd.keys.asking, node), laterRunId, change),
    model: ({ life: all, change, parts }) => ask(all, { name, run: 1, change, parts }),
    // It is asked first, and then looked whether a decision can be carried over.
    tooLate: {
      by: "key",
      model: ({ life: all, change, parts }) => {
        life.addApproval(all, { name, run: 1, change, parts })
        return "ok"
      },
    },
    answerOf: answerTo,
  }
}

/** Which one a new approval was carried over from; `target` by its name, any other by its id. */
export function answerTo(reply: Parameters<typeof plainAnswer>[0], target: Target): life.Answer {
  const { status, derivedFrom } = reply.body?.approval ?? {}
  if (status !== "approved") return plainAnswer(reply)
  return `ok, as ${derivedFrom === target.approvalId ? target.name : String(derivedFrom)} was`
}

function callersOf({ keys, people }: Crowd, by: life.Canceller): readonly Caller[] {
  return by === "asking" || by === "other" || by === "foreign" ? keys[by] : people[by]
}
