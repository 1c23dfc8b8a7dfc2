import type { JsonValue } from "@deltaseal/guard/change"
import { may, type PersonActor } from "@/lib/access/actor"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { getApproval } from "@/lib/approvals/approvals.service"
import { callFacts } from "@/lib/approvals/ruling-again.service"
import { canaryOf } from "@/lib/canaries/canaries.queries"
import { inTenant, type TenantDb } from "@/lib/db/tenant-db"
import { databaseTime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { hasSecondPerson } from "@/lib/members/administrators.service"
import { authorise } from "@/lib/operations/command"
import { newId } from "@/lib/operations/new-id"
import { withRules, type WrittenPolicy } from "@/lib/policies/grant-text.service"
import { compareStrictness } from "@/lib/policies/loosening"
import type { PolicyDocument, PolicyRule } from "@/lib/policies/policy"
import { diffPolicies } from "@/lib/policies/policy-diff"
import { readPolicy } from "@/lib/policies/policy-text"
import type { PolicyFacts } from "@/lib/policies/policy-facts"
import { requirePolicy, versionNow } from "@/lib/policies/stored-policy.service"
import { grantBasis, type GrantBasis } from "./grant-basis"
import { grantOf, grantSentence } from "./grant-of-decision"
import type { GrantBody, GrantDraftView } from "./grant.schema"

/** What a reviewer asks for, and what was decided on. */
export type Wished = Readonly<{ approvalId: string; facts: PolicyFacts; wish: GrantBody }>

type Decided = Pick<ApprovalView, "approvalId" | "tenantId" | "callId" | "status">

/**
 * What was decided on by an approval that a rule is to be made of.
 *
 * @throws AppError `not_found`, `forbidden`, `not_grantable`
 */
export async function decidedFacts(
  actor: PersonActor,
  approvalId: string,
): Promise<Readonly<{ tenantId: string; facts: PolicyFacts }>> {
  const approval = await getApproval({ kind: "person", actor }, approvalId)
  const { tenantId } = approval
  authorise(actor, "grant:manage", tenantId)
  if (!isApproved(approval)) {
    throw new AppError("not_grantable", "Only what people approved can be made a rule.")
  }
  if ((await canaryOf(actor, approvalId)) !== null) {
    throw new AppError("not_grantable", "What was decided on was a test, of which nothing is made.")
  }
  const facts = await callFacts(tenantId, approval.callId)
  if (facts === null) throw new AppError("not_grantable", "What was decided on is no longer there.")

  return { tenantId, facts }
}

/** What a rule can be made of on an approval's page; null where this person cannot make one of it. */
export async function grantBasisOf(actor: PersonActor, approval: Decided): Promise<GrantBasis | null> {
  const { approvalId, tenantId, callId } = approval
  if (!isApproved(approval) || !may(actor, "grant:manage", tenantId)) return null
  if ((await canaryOf(actor, approvalId)) !== null) return null
  const facts = await callFacts(tenantId, callId)

  return facts === null ? null : grantBasis(facts)
}

function isApproved({ status }: Pick<Decided, "status">): boolean {
  return status === "approved" || status === "consumed"
}

export type GrantDraft = Readonly<{
  rule: PolicyRule
  before: WrittenPolicy
  after: WrittenPolicy
  loosens: readonly string[]
}>

/** @throws AppError `not_grantable`, `invalid_request`, `invalid_policy`, `policy_unavailable` */
export async function draftGrant(
  db: TenantDb,
  inForce: number,
  { approvalId, facts, wish: { until, note: _note, name = newName(), ...wish }, now }: Wished & { now: Date },
): Promise<GrantDraft> {
  const before = await requirePolicy(db, inForce)
  const times = { until: Date.parse(until), now: now.getTime() }
  const rule = grantOf(facts, { name, from: approvalId, ...wish, ...times })
  const { text } = withRules(before, [...before.document.rules, rule])
  const document = requireGrant(text)
  const { loosens } = compareStrictness(before.document, document)

  return { rule, before, after: { document, text }, loosens }
}

/** What is wrong with the one rule that is new is said of what was asked for, not of a text that nobody wrote. */
function requireGrant(text: string): PolicyDocument {
  const read = readPolicy(text)
  if (read.ok) return read.document

  throw new AppError("invalid_policy", "No rule can be made of what is asked for.", {
    reasons: read.problems
      .slice(0, 20)
      .map(({ path, code, message }) => ({ code, message, path: askedAt(path) })),
  })
}

function askedAt(path: string): string {
  if (/^\/rules\/\d+\/paths\b/.test(path)) return "/paths"
  return /^\/rules\/\d+\/patchPaths\b/.test(path) ? "/fields" : ""
}

/** Lower case, as names of rules are; an id's own part is as unique in either. */
function newName(): string {
  return `grant-${newId("event").slice(-26).toLowerCase()}`
}

/**
 * Says what proposing a grant would change, and does nothing.
 *
 * @throws AppError `not_found`, `forbidden`, `not_grantable`, `invalid_request`, `invalid_policy`
 */
export async function previewGrant(
  actor: PersonActor,
  approvalId: string,
  wish: GrantBody,
): Promise<GrantDraftView> {
  const { tenantId, facts } = await decidedFacts(actor, approvalId)

  return inTenant(tenantId, async (db) => {
    const against = await versionNow(db)
    if (against === null) throw new AppError("not_found")
    const { rule, before, after, loosens } = await draftGrant(db, against, {
      ...{ approvalId, facts, wish, now: new Date(databaseTime()) },
    })

    return {
      name: rule.name,
      sentence: grantSentence(rule),
      against,
      diff: diffPolicies(before.document as unknown as JsonValue, after.document as unknown as JsonValue),
      loosens: [...loosens],
      takesEffect: (await hasSecondPerson(db, actor.personId)) ? "second_person" : "after_notice",
    }
  })
}
