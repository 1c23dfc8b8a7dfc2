import { grantScope } from "@/lib/policies/grant"
import type { PolicyDocument, PolicyRule } from "@/lib/policies/policy"
import { grantSentence } from "./grant-of-decision"
import type { GrantView } from "./grant.schema"

/** A proposal of a policy that brings a grant. */
export type GrantProposal = Readonly<{
  proposalId: string
  status: string
  rule: PolicyRule
  proposedBy: Person
  decidedBy: Person | null
}>

type Person = Readonly<{ personId: string; name: string }>

type Known = Readonly<{
  /** What is in force. */
  rules: PolicyDocument["rules"]
  /** Newest first. */
  proposals: readonly GrantProposal[]
  /** How many uses are taken, by scope. */
  uses: ReadonlyMap<string, number>
  now: number
}>

/** A tenant's grants: those in force, those that wait, and what became of the others. */
export function grantsNow({ rules, proposals, uses, now }: Known): GrantView[] {
  const inForce = new Set(rules.map(({ name }) => name))
  const brought = new Map(
    proposals
      .filter(({ status }) => status === "published")
      .map((proposal) => [proposal.rule.name, proposal] as const),
  )
  const views = [
    ...rules.flatMap((rule) => viewOf(rule, { uses, proposal: brought.get(rule.name) ?? null })),
    ...proposals.flatMap((proposal) => {
      if (inForce.has(proposal.rule.name)) return []
      return viewOf(proposal.rule, { uses, proposal }).map((view) => ({ ...view, ...fate(proposal.status) }))
    }),
  ]

  return views.map((view) => {
    if (view.state !== "in_force") return view
    if (!(now < Date.parse(view.until))) return { ...view, state: "ended", endedBecause: "expired" }
    return view.usesLeft > 0 ? view : { ...view, state: "ended", endedBecause: "spent" }
  })
}

function fate(status: string): Pick<GrantView, "state" | "endedBecause"> {
  if (status === "open") return { state: "waiting", endedBecause: null }
  return { state: "ended", endedBecause: status === "published" ? "revoked" : "declined" }
}

type Standing = Readonly<{ uses: ReadonlyMap<string, number>; proposal: GrantProposal | null }>

function viewOf(rule: PolicyRule, { uses, proposal }: Standing): GrantView[] {
  const { name, match, paths, patchPaths, recipients, grant } = rule
  if (grant === undefined) return []
  const { from, ops, maxUses, until } = grant
  const taken = uses.get(grantScope({ rule: name, from, maxUses })) ?? 0

  return [
    {
      name,
      state: "in_force",
      endedBecause: null,
      sentence: grantSentence(rule),
      server: match?.server?.join(", ") ?? "",
      tool: match?.tool?.join(", ") ?? "",
      ops: [...ops],
      paths: listed(paths?.allow),
      fields: listed(patchPaths?.allow),
      recipients: listed(recipients?.addresses),
      environment: listed(match?.environment),
      workflow: listed(match?.workflow),
      step: listed(match?.step),
      from,
      maxUses,
      usesLeft: Math.max(0, maxUses - taken),
      until,
      proposalId: proposal?.proposalId ?? null,
      proposedBy: proposal?.proposedBy ?? null,
      approvedBy: proposal?.status === "published" ? proposal.decidedBy : null,
    },
  ]
}

function listed(names: readonly string[] | undefined): string[] | null {
  return names === undefined ? null : [...names]
}
