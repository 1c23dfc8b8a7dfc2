import { parseStrictJson } from "@deltaseal/guard/change"
import { runsOf, type Actor, type PersonActor } from "@/lib/access/actor"
import { openContent } from "@/lib/changes/content-seal"
import { fourWords } from "@/lib/changes/hash-words"
import type { ReadDb } from "@/lib/db/read-db"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"
import { approvalEvents } from "@/lib/runs/run-events.queries"
import type { RunEvent } from "@/lib/runs/run.schema"
import type { ApprovalStatus, WhyNoVote } from "./approval"
import { toSummary, type SummarySource } from "./approval-summary"
import type { ApprovalSummary, ApprovalView } from "./approval.schema"
import { getApproval } from "./approvals.service"
import { nextWaiting } from "./next-waiting.queries"
import { placeInPlan, type PlanPlace } from "./plan-place.queries"
import type { Counted } from "./quorum"
import { noStanding, standings, type Standing } from "./standing.queries"

export type InboxItem = ApprovalSummary &
  InPlan &
  Readonly<{
    mayVote: boolean
    whyNot: WhyNoVote | null
    /** In whose place they would decide, by name. */
    actingFor: string | null
    /** The votes that count now. */
    counted: Counted
    isSelfReview: boolean
    hiddenCharacters: number
  }>

/** Its place among the calls of its plan, from 0; null where it belongs to none. */
type InPlan = Readonly<{ planIndex: number | null }>

export type InboxView = Readonly<{
  pending: readonly InboxItem[]
  decidedToday: readonly (ApprovalSummary & InPlan)[]
}>

/** The inbox shows this many at once; the rest follows as these are decided. */
const inboxMax = 200

/** What was decided lately is a reminder; a plan of fifty calls leaves room for others beside it. */
const decidedMax = 70

const pageSize = 50

/**
 * Everything waiting in the tenants a person may see, or in one run of theirs,
 * what expires first on top, and what was decided in the last day.
 */
export const inbox: (actor: PersonActor, runId?: string) => Promise<InboxView> = (person, runId) =>
  readInbox(person, { person, runId })

type InboxOf = Readonly<{ person: PersonActor; runId: string | undefined }>

const readInbox = query("approval:read", async ({ db, now }, of: InboxOf): Promise<InboxView> => {
  const { person, runId } = of
  const pending = await findApprovals(
    db,
    { status: "pending", expiresAt: { gt: now }, ...(runId === undefined ? {} : { runId }) },
    { expiresAt: "asc" },
    inboxMax,
  )
  const dayAgo = new Date(now.getTime() - 24 * 60 * 60 * 1000)
  const decided = await findApprovals(db, { decidedAt: { gt: dayAgo } }, { decidedAt: "desc" }, decidedMax)
  const { origin } = runtime().config
  const standing = await standings(
    db,
    person.personId,
    pending.map(({ approvalId }) => approvalId),
  )

  return {
    pending: pending.map((row) => {
      const { whyNot, actingFor, counted, isSelfReview } = standing.get(row.approvalId) ?? noStanding
      const parts = row.call.change?.parts ?? []
      const hiddenCharacters = parts.reduce((sum, part) => sum + part.hiddenCharacters, 0)
      const viewed = { mayVote: whyNot === null, whyNot, actingFor, counted, isSelfReview, hiddenCharacters }
      return { ...listed(row, origin, now), ...viewed }
    }),
    decidedToday: decided.map((row) => listed(row, origin, now)),
  }
})

function listed(row: FoundApproval, origin: string, now: Date): ApprovalSummary & InPlan {
  return { ...toSummary(row, origin, now), planIndex: row.planIndex }
}

export type ApprovalFilter = Readonly<{
  status?: ApprovalStatus | undefined
  runId?: string | undefined
  tenantId?: string | undefined
  /** The approval that it was made of. */
  derivedFrom?: string | undefined
  cursor?: string | undefined
}>

/** Approvals newest first, a page at a time. The cursor is the last id of the page before. */
export const listApprovals: (
  actor: Actor,
  filter: ApprovalFilter,
) => Promise<{ items: ApprovalSummary[]; nextCursor: string | null }> = query(
  "approval:read",
  async ({ actor, db, now }, { status, runId, tenantId, derivedFrom, cursor }: ApprovalFilter) => {
    const where = {
      call: { run: runsOf(actor) },
      ...(runId === undefined ? {} : { runId }),
      ...(tenantId === undefined ? {} : { tenantId }),
      ...(derivedFrom === undefined ? {} : { derivedFrom }),
      ...(cursor === undefined ? {} : { approvalId: { lt: cursor } }),
      ...statusNow(status, now),
    }
    const rows = await findApprovals(db, where, { approvalId: "desc" }, pageSize + 1)
    const page = rows.slice(0, pageSize)

    return {
      items: page.map((row) => toSummary(row, runtime().config.origin, now)),
      nextCursor: rows.length > pageSize ? (page.at(-1)?.approvalId ?? null) : null,
    }
  },
)

export type ApprovalPageView = Readonly<{
  approval: ApprovalView
  /** The exact canonical input that is hashed. */
  input: string
  hashWords: readonly string[]
  tool: Readonly<{ pinnedAt: string }>
  viewer: Readonly<{ mayVote: boolean }> & Pick<Standing, "whyNot" | "edited" | "actingFor">
  quorum: Pick<Standing, "counted" | "uncounted">
  /** Whether one person both asks and approves here, or did. */
  isSelfReview: boolean
  events: readonly RunEvent[]
  /** The page of what waits next; null where nothing else does. */
  nextPath: string | null
  /** Which call of its plan it is; null where it belongs to none. */
  planPlace: PlanPlace | null
}>

/** Everything the review page shows of one approval. */
export async function approvalPage(actor: PersonActor, approvalId: string): Promise<ApprovalPageView> {
  const approval = await getApproval({ kind: "person", actor }, approvalId)
  const [page, events] = await Promise.all([
    readPage(actor, { approval, person: actor }),
    approvalEvents(actor, approvalId),
  ])

  return { approval, ...page, hashWords: fourWords(approval.changeHash), events }
}

const readPage = query(
  "approval:read",
  async ({ db, now }, { approval, person }: Readonly<{ approval: ApprovalView; person: PersonActor }>) => {
    const { tenantId, approvalId, toolVersion: version, tool: name, server } = approval
    const tool = await db.tool.findFirst({
      where: { tenantId, server, name, version },
      select: { pinnedAt: true },
    })
    const blob = await db.blob.findFirst({ where: { tenantId, digest: approval.input.sha256 } })
    if (tool === null || blob === null) throw new AppError("not_found")

    const input = openContent(tenantId, blob.digest, blob)
    parseStrictJson(input)
    const standing = (await standings(db, person.personId, [approvalId])).get(approvalId) ?? noStanding
    const { whyNot, edited, actingFor, counted, uncounted, isSelfReview } = standing
    return {
      input: input.toString("utf8"),
      tool: { pinnedAt: tool.pinnedAt.toISOString() },
      viewer: { mayVote: whyNot === null, whyNot, edited, actingFor },
      quorum: { counted, uncounted },
      isSelfReview,
      nextPath: await nextWaiting(db, now, { approvalId: { not: approvalId } }),
      planPlace: await placeInPlan(db, approval),
    }
  },
)

/** A status as it is now: what has run out of time is expired, whether or not its row says so yet. */
function statusNow(status: ApprovalStatus | undefined, now: Date): object {
  switch (status) {
    case undefined:
      return {}
    case "pending":
      return { status, expiresAt: { gt: now } }
    case "approved":
      return { status, useBy: { gt: now } }
    case "expired":
      return {
        OR: [
          { status },
          { status: "pending", expiresAt: { lte: now } },
          { status: "approved", useBy: { lte: now } },
        ],
      }
    case "denied":
    case "cancelled":
    case "stale":
    case "consumed":
      return { status }
  }
}

type FoundApproval = SummarySource & InPlan

/** One query with its relations for a page of any length. */
async function findApprovals(
  db: ReadDb,
  where: object,
  orderBy: object,
  take: number,
): Promise<FoundApproval[]> {
  return db.approval.findMany({
    where,
    orderBy,
    take,
    include: {
      votes: { select: { personId: true, decision: true } },
      broken: { where: { status: "approved" }, select: { endedAt: true } },
      call: {
        include: {
          change: { include: { parts: { select: { added: true, removed: true, hiddenCharacters: true } } } },
          run: {
            include: {
              tenant: { select: { name: true } },
              key: { select: { ownerId: true, createdById: true } },
            },
          },
        },
      },
    },
  })
}
