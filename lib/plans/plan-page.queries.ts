import type { PersonActor } from "@/lib/access/actor"
import type { WhyNoVote } from "@/lib/approvals/approval"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { nextWaiting } from "@/lib/approvals/next-waiting.queries"
import { missingIn, type Counted } from "@/lib/approvals/quorum"
import type { RecentEdit } from "@/lib/approvals/recent-edit"
import { noStanding, standings, type Standing } from "@/lib/approvals/standing.queries"
import { openContent } from "@/lib/changes/content-seal"
import { fourWords } from "@/lib/changes/hash-words"
import type { ReadDb } from "@/lib/db/read-db"
import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"
import type { Plan } from "./plan.schema"
import { planForPage, type PlanPage } from "./plans.service"

export type PlanPageView = Readonly<{
  plan: Plan
  /** What people decide on, in order. `number`: its place among all calls of the plan, from 1. */
  calls: readonly Readonly<{
    number: number
    approval: ApprovalView
    /** The exact canonical input that is hashed. */
    input: string
    pinnedAt: string
  }>[]
  hashWords: readonly string[]
  /** The approvals that this person may decide now, and why there is none among those that wait. */
  viewer: Readonly<{ mayVoteOn: readonly string[]; whyNot: WhyNoVote | null; edited: RecentEdit | null }>
  /** What the waiting call asks for that needs the most people still; null where none waits. */
  quorum: Readonly<{ required: ApprovalView["required"]; counted: Counted }> | null
  /** Whether one person both asks and approves one of them, or did. */
  isSelfReview: boolean
  /** The page of what waits next; null where nothing else does. */
  nextPath: string | null
}>

/**
 * Everything that the page of a plan shows.
 *
 * @throws AppError `not_found`
 */
export async function planPage(actor: PersonActor, planId: string): Promise<PlanPageView> {
  const page = await planForPage(actor, planId)
  return await readRest(actor, { ...page, person: actor })
}

const readRest = query(
  "plan:read",
  async (
    { db, now },
    { plan, approvals, person }: PlanPage & Readonly<{ person: PersonActor }>,
  ): Promise<PlanPageView> => {
    const [inputs, pins] = [await inputsOf(db, plan, approvals), await pinsOf(db, plan, approvals)]
    const calls = approvals.map((approval, at) => {
      const [input, pinnedAt] = [inputs.get(approval.input.sha256), pins.get(toolKey(approval))]
      if (input === undefined || pinnedAt === undefined) throw new AppError("not_found")
      return { number: (plan.items[at]?.index ?? at) + 1, approval, input, pinnedAt }
    })
    const ids = approvals.map(({ approvalId }) => approvalId)
    const found = await standings(db, person.personId, ids)
    const standing = ({ approvalId }: ApprovalView) => found.get(approvalId) ?? noStanding
    const waits = approvals
      .filter(({ status }) => status === "pending")
      .map((approval) => ({ approval, standing: standing(approval) }))
    const others = { OR: [{ planId: null }, { planId: { not: plan.planId } }] }

    return {
      plan,
      calls,
      hashWords: fourWords(plan.planHash),
      viewer: viewerOf(waits),
      quorum: quorumOf(waits),
      isSelfReview: approvals.some((approval) => standing(approval).isSelfReview),
      nextPath: await nextWaiting(db, now, others),
    }
  },
)

async function inputsOf(
  db: ReadDb,
  { tenantId }: Plan,
  approvals: readonly ApprovalView[],
): Promise<ReadonlyMap<string, string>> {
  const digests = [...new Set(approvals.map(({ input }) => input.sha256))]
  const blobs = await db.blob.findMany({ where: { tenantId, digest: { in: digests } } })
  return new Map(
    blobs.map((blob) => [blob.digest, openContent(tenantId, blob.digest, blob).toString("utf8")]),
  )
}

/** Since when the definition of each tool is the accepted one. */
async function pinsOf(
  db: ReadDb,
  { tenantId }: Plan,
  approvals: readonly ApprovalView[],
): Promise<ReadonlyMap<string, string>> {
  const named = new Map(approvals.map((approval) => [toolKey(approval), approval]))
  const tools = await db.tool.findMany({
    where: {
      tenantId,
      OR: [...named.values()].map(({ server, tool, toolVersion }) => ({
        server,
        name: tool,
        version: toolVersion,
      })),
    },
    select: { server: true, name: true, version: true, pinnedAt: true },
  })
  return new Map(
    tools.map(({ server, name, version, pinnedAt }) => [
      toolKey({ server, tool: name, toolVersion: version }),
      pinnedAt.toISOString(),
    ]),
  )
}

function toolKey({ server, tool, toolVersion }: Pick<ApprovalView, "server" | "tool" | "toolVersion">) {
  return JSON.stringify([server, tool, toolVersion])
}

type Waiting = Readonly<{ approval: ApprovalView; standing: Standing }>

function viewerOf(waits: readonly Waiting[]): PlanPageView["viewer"] {
  const mayVoteOn = waits.flatMap(({ approval, standing }) =>
    standing.whyNot === null ? [approval.approvalId] : [],
  )
  const [first] = waits
  if (mayVoteOn.length > 0 || first === undefined) return { mayVoteOn, whyNot: null, edited: null }

  return { mayVoteOn, whyNot: first.standing.whyNot, edited: first.standing.edited }
}

function quorumOf(waits: readonly Waiting[]): PlanPageView["quorum"] {
  const [most] = waits
    .map(({ approval: { required }, standing: { counted } }) => ({ required, counted }))
    .sort((a, b) => missingIn(b.required, b.counted) - missingIn(a.required, a.counted))

  return most ?? null
}
