import type { JsonValue } from "@deltaseal/guard/change"
import type { Actor } from "@/lib/access/actor"
import { fieldRows } from "@/lib/changes/field-rows"
import { diffValues } from "@/lib/changes/record-diff"
import type { ReadDb } from "@/lib/db/read-db"
import { AppError } from "@/lib/errors/app-error"
import { tenantQuery } from "@/lib/operations/tenant-query"
import { environments } from "@/lib/tools/tool"
import type { RuleProposal } from "@/prisma/generated/client"
import { diffPolicies } from "./policy-diff"
import type { ProposalList, ProposalView } from "./proposal.schema"
import { proposalKinds, proposalStatuses, type ProposalStatus } from "./rule-proposal"

const pageSize = 50

export type ProposalFilter = Readonly<{
  status?: ProposalStatus | undefined
  cursor?: string | undefined
}>

/** A tenant's proposals, newest first, a page at a time. The cursor is the last id of the page before. */
export const listProposals: (
  actor: Actor,
  tenantId: string,
  filter: ProposalFilter,
) => Promise<ProposalList> = tenantQuery(
  "policy:read",
  async ({ db, tenantId }, { status, cursor }: ProposalFilter) => {
    const rows = await db.ruleProposal.findMany({
      where: {
        tenantId,
        ...(status === undefined ? {} : { status }),
        ...(cursor === undefined ? {} : { proposalId: { lt: cursor } }),
      },
      orderBy: { proposalId: "desc" },
      take: pageSize + 1,
    })
    const page = rows.slice(0, pageSize)

    return {
      items: await toViews(db, tenantId, page),
      nextCursor: rows.length > pageSize ? (page.at(-1)?.proposalId ?? null) : null,
    }
  },
)

/** @throws AppError `not_found` */
export const proposalView: (actor: Actor, tenantId: string, proposalId: string) => Promise<ProposalView> =
  tenantQuery("policy:read", async ({ db, tenantId }, proposalId: string) => {
    const row = await db.ruleProposal.findFirst({ where: { tenantId, proposalId } })
    const [view] = row === null ? [] : await toViews(db, tenantId, [row])
    if (view === undefined) throw new AppError("not_found")

    return view
  })

type Person = ProposalView["proposedBy"]

async function toViews(db: ReadDb, tenantId: string, rows: readonly RuleProposal[]): Promise<ProposalView[]> {
  const personIds = rows.flatMap(({ proposedById, decidedById }) => [proposedById, decidedById ?? []].flat())
  const people = await db.person.findMany({
    where: { personId: { in: [...new Set(personIds)] } },
    select: { personId: true, name: true },
  })
  const names = new Map(people.map(({ personId, name }) => [personId, name]))
  const administrators = await administratorsOf(db, tenantId)

  return rows.map((row) => toView(row, names, administrators))
}

/** Who administers a tenant now, directly or through its agency, and can sign in. */
async function administratorsOf(db: ReadDb, tenantId: string): Promise<readonly Person[]> {
  const tenant = await db.tenant.findFirst({ where: { tenantId }, select: { agencyId: true } })
  if (tenant === null) return []
  const members = await db.membership.findMany({
    where: {
      agencyId: tenant.agencyId,
      endedAt: null,
      role: { in: ["owner", "admin"] },
      OR: [{ tenantId: null }, { tenantId }],
      person: { disabledAt: null },
    },
    select: { person: { select: { personId: true, name: true } } },
    orderBy: { membershipId: "asc" },
  })

  return [...new Map(members.map(({ person }) => [person.personId, person])).values()]
}

function toView(
  row: RuleProposal,
  names: ReadonlyMap<string, string>,
  administrators: readonly Person[],
): ProposalView {
  const person = (personId: string) => ({ personId, name: names.get(personId) ?? "Nobody we know" })
  const { before, after, subject, decidedById, decidedAt, effectiveAt, proposedById, ...shown } = row
  const kind = proposalKinds.find((known) => known === row.kind) ?? "policy"
  const isOpen = row.status === "open"
  const approvers = isOpen ? administrators.filter(({ personId }) => personId !== proposedById) : []

  return {
    ...shown,
    kind,
    // Whatever we do not know cannot be decided.
    status: proposalStatuses.find((known) => known === row.status) ?? "superseded",
    tool: kind === "policy" ? null : toolIn(subject),
    diff: kind === "policy" ? diffPolicies(json(before), json(after)) : fieldsOf(before, after),
    proposedBy: person(proposedById),
    proposedAt: row.proposedAt.toISOString(),
    approvers,
    takesEffectAt: isOpen && approvers.length === 0 ? (effectiveAt?.toISOString() ?? null) : null,
    decidedBy: decidedById === null ? null : person(decidedById),
    decidedAt: decidedAt?.toISOString() ?? null,
  }
}

function toolIn(subject: string): ProposalView["tool"] {
  const {
    server = "",
    name = "",
    version,
    environment,
  } = JSON.parse(subject) as Partial<Record<string, string>>

  return {
    server,
    name,
    version: version ?? null,
    environment: environments.find((known) => known === environment) ?? null,
  }
}

function fieldsOf(before: Uint8Array, after: Uint8Array): ProposalView["diff"] {
  return fieldRows(diffValues(json(before), json(after)).preview)
}

function json(bytes: Uint8Array): JsonValue {
  return JSON.parse(new TextDecoder().decode(bytes)) as JsonValue
}
