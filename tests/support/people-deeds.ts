import type pg from "pg"
import type { Reply } from "./api"
import { allShown } from "./attention-operations"
import { at, plainAnswer, type Deed, type Target } from "./deeds"
import * as deciding from "./lifecycle-deciding"
import {
  comeBack,
  find,
  turn,
  type Answer,
  type Decision,
  type ModelApproval,
  type Who,
} from "./lifecycle-model"

/** What people do about approvals. */

const why = "Not like this, and this is long enough."

export function voting(who: Who, decision: Decision, isRightHash = true): Deed {
  const hasReason = decision !== "approve"
  return {
    name: `${who}: ${decision}`,
    ask: ({ crowd }, { approvalId, changeHash, node }) =>
      at(crowd.people[who], node).post(`/api/v1/approvals/${approvalId}/votes`, {
        decision,
        changeHash: isRightHash ? changeHash : "0".repeat(64),
        ...(hasReason && { reason: why }),
      }),
    model: (approval) => deciding.vote(approval, { who, decision, hasReason, isRightHash }),
    ...(decision === "approve" && {
      tooLate: { by: "say", model: (approval: ModelApproval) => deciding.voteTooLate(approval, who) },
    }),
  }
}

export function withdrawing(who: Who): Deed {
  return {
    name: `${who}: withdraw`,
    ask: ({ crowd }, { approvalId, node }) =>
      at(crowd.people[who], node).delete(`/api/v1/approvals/${approvalId}/votes/mine`),
    model: (approval) => deciding.withdraw(approval, who),
  }
}

/** @param name of what is made of its first part */
export function approvingInPart(who: Who, name: string): Deed {
  return {
    name: `${who}: approve the first part, as ${name}`,
    makes: name,
    ask: ({ crowd }, { approvalId, changeHash, partHash, node }) =>
      at(crowd.people[who], node).post(`/api/v1/approvals/${approvalId}/partial`, {
        ...{ changeHash, parts: [1], reason: why },
        derivedHash: partHash === "" ? changeHash : partHash,
      }),
    model: (approval) => deciding.approveInPart(approval, who, name),
    tooLate: {
      by: "say",
      model: (approval) => deciding.approveInPart(approval, who, name, deciding.voteTooLate),
    },
  }
}

export function breaking(who: Who, isRightHash = true): Deed {
  return {
    name: `${who}: begin to break the glass`,
    ask: ({ crowd }, { approvalId, changeHash, node }) =>
      at(crowd.people[who], node).post(`/api/v1/approvals/${approvalId}/break-glass`, {
        ...{ changeHash: isRightHash ? changeHash : "0".repeat(64), reason: why },
      }),
    model: (approval) => deciding.breakGlass(approval, who, isRightHash),
  }
}

export function confirming(who: Who): Deed {
  return {
    name: `${who}: confirm that the glass is broken`,
    ask: ({ crowd }, { approvalId, changeHash, node }) =>
      at(crowd.people[who], node).post(`/api/v1/approvals/${approvalId}/break-glass/confirm`, {
        ...{ changeHash, reason: why },
      }),
    model: (approval) => deciding.confirmGlass(approval, who),
  }
}

export function keepingGlass(who: Who): Deed {
  return {
    name: `${who}: leave the glass whole`,
    ask: ({ crowd }, { approvalId, node }) =>
      at(crowd.people[who], node).delete(`/api/v1/approvals/${approvalId}/break-glass`),
    model: (approval) => deciding.withdrawGlass(approval, who),
  }
}

export function seeing(who: Who): Deed {
  return {
    name: `${who}: see all of it`,
    ask: ({ crowd }, { approvalId, changeHash, node }) =>
      at(crowd.people[who], node).post(`/api/v1/approvals/${approvalId}/views`, { changeHash, ...allShown }),
    model: (approval) => deciding.see(approval, who),
  }
}

/** @param others decided on with it */
export function votingTogether(
  who: Who,
  mode: "all_or_nothing" | "each",
  { others, decision = "approve" }: Readonly<{ others: readonly Target[]; decision?: "approve" | "deny" }>,
): Deed {
  const hasReason = decision !== "approve"
  const given = { who, decision, hasReason, isRightHash: true }
  const vote = ({ approvalId, changeHash }: Target) => ({
    ...{ approvalId, changeHash, decision },
    ...(hasReason && { reason: why }),
  })
  const allOf = (approval: ModelApproval) => [
    approval,
    ...others.flatMap(({ name }) => find(approval.life, name) ?? []),
  ]
  return {
    name: `${who}: ${decision} ${mode} with ${others.map(({ name }) => name).join()}`,
    besides: others.map(({ name }) => name),
    ask: ({ crowd }, target) =>
      at(crowd.people[who], target.node).post("/api/v1/approvals/votes", {
        ...{ mode, votes: [target, ...others].map(vote) },
      }),
    model: (approval) =>
      mode === "each"
        ? allOf(approval)
            .map((one) => deciding.voteHavingSeen(one, given))
            .join(" & ")
        : deciding.voteTogether(allOf(approval), given),
    answerOf: (reply) => answerOfAll(reply, others.length + 1),
  }
}

type Voted = Readonly<{ code: string | null; status: string | null }>

function answerOfAll(reply: Reply, count: number): Answer {
  const { status, body } = reply
  if (status === 200)
    return body.votes.map((one: Voted) => one.code ?? `ok, ${String(one.status)}`).join(" & ")
  const reasons: readonly { code: string; path?: string }[] = body.reasons ?? []
  if (reasons.length === 0) return plainAnswer(reply)

  const codes = Array.from({ length: count }, (_, at) => reasons.find(({ path }) => path === `/votes/${at}`))
  return codes.map((reason) => reason?.code ?? "-").join(" & ")
}

const days = 24 * 60 * 60 * 1000

/** The deputy stands in for the chief from now on. */
export const goingAway: Deed = {
  name: "chief: name the deputy",
  isAround: true,
  ask: ({ crowd }, { node }) =>
    at(crowd.people.chief, node).post("/api/v1/account/stand-ins", {
      ...{ agencyId: crowd.agencyId, personId: crowd.ids.deputy },
      endsAt: new Date(Date.now() + 5 * days).toISOString(),
    }),
  model: ({ life }) => turn(life, "chiefAway", "stand_in_open"),
}

export function comingBack(who: "chief" | "deputy" | "first"): Deed {
  return {
    name: `${who}: end the stand-in`,
    isAround: true,
    takes: "say",
    ask: ({ crowd }, { node, standInId }) =>
      at(crowd.people[who], node).delete(`/api/v1/account/stand-ins/${standInId}`),
    model: ({ life }) => (who === "first" ? "not_found" : comeBack(life)),
  }
}

/** A stand-in's time is over, by the database's clock. */
export const standInOver: Deed = {
  name: "the stand-in's time is over",
  isAround: true,
  takes: "say",
  ask: async ({ su }, { standInId }) => {
    const sql = "UPDATE stand_in SET ends_at = clock_timestamp() WHERE stand_in_id = $1 AND ended_at IS NULL"
    await su.query(sql, [standInId])
    return { status: 200, body: {}, text: "", headers: new Headers() }
  },
  model: ({ life }) => {
    comeBack(life)
    return "ok"
  },
}

/** All of these is on the screens of these people, as their pages report it. */
export async function showTo(
  su: pg.Client,
  targets: readonly Target[],
  personIds: readonly string[],
): Promise<void> {
  await su.query(
    `INSERT INTO approval_view (tenant_id, approval_id, person_id, change_hash, first_seen_at, last_seen_at, visible_ms,
       hunks_shown, hunks_total, complete_at)
     SELECT a.tenant_id, a.approval_id, p, a.change_hash, now(), now(), 4000, 1, 1, now()
     FROM approval a, unnest($2::text[]) AS p WHERE a.approval_id = ANY ($1)`,
    [targets.map(({ approvalId }) => approvalId), personIds],
  )
}
