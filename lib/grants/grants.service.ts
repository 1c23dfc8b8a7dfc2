import type { JsonValue } from "@deltaseal/guard/change"
import type { PersonActor } from "@/lib/access/actor"
import { getApproval } from "@/lib/approvals/approvals.service"
import { callFacts } from "@/lib/approvals/ruling-again.service"
import { inTenant, type TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { authorise, command, partyOf } from "@/lib/operations/command"
import { newId } from "@/lib/operations/new-id"
import { withRules } from "@/lib/policies/grant-text.service"
import { compareStrictness } from "@/lib/policies/loosening"
import type { PolicyDocument, PolicyRule } from "@/lib/policies/policy"
import { requireDocument } from "@/lib/policies/policy-draft.service"
import type { PolicyFacts } from "@/lib/policies/policy-facts"
import { lockRules, propose } from "@/lib/policies/proposing.service"
import { published } from "@/lib/policies/publishing.service"
import { requirePolicy, versionNow } from "@/lib/policies/stored-policy.service"
import { grantOf, grantSentence } from "./grant-of-decision"
import type { GrantBody, GrantList, ProposedGrantView, RevokedGrantView } from "./grant.schema"
import { grantsNow, type GrantProposal } from "./grants-now"
import { findGrantProposals, findGrantUses } from "./grants.repo"

/**
 * Proposes a rule that lets through more of what people approved. It always
 * waits for a second person, even where a first policy would not.
 *
 * @throws AppError `not_found`, `forbidden`, `not_grantable`, `invalid_request`, `invalid_policy`, `proposal_open`
 */
export async function proposeGrant(
  actor: PersonActor,
  approvalId: string,
  wish: GrantBody,
): Promise<ProposedGrantView> {
  const { tenantId, callId, status } = await getApproval({ kind: "person", actor }, approvalId)
  authorise(actor, "grant:manage", tenantId)
  if (status !== "approved" && status !== "consumed") {
    throw new AppError("not_grantable", "Only what people approved can be made a rule.")
  }
  const facts = await callFacts(tenantId, callId)
  if (facts === null) throw new AppError("not_grantable", "What was decided on is no longer there.")

  return saveProposal(actor, tenantId, { approvalId, facts, wish })
}

type Wished = Readonly<{ approvalId: string; facts: PolicyFacts; wish: GrantBody }>

const saveProposal = command(
  "grant:manage",
  async ({ actor, db, now }, { approvalId, facts, wish: { until, note, ...wish } }: Wished) => {
    const inForce = await lockRules(db)
    const before = await requirePolicy(db, inForce)
    // Lower case, as names of rules are; an id's own part is as unique in either.
    const name = `grant-${newId("event").slice(-26).toLowerCase()}`
    const times = { until: Date.parse(until), now: now.getTime() }
    const rule = grantOf(facts, { name, from: approvalId, ...wish, ...times })
    const { text } = withRules(before, [...before.document.rules, rule])
    const document = requireDocument(text)

    const { proposalId, event } = await propose(db, {
      kind: "policy",
      subject: {},
      before: before.document as unknown as JsonValue,
      after: document as unknown as JsonValue,
      loosens: compareStrictness(before.document, document).loosens,
      personId: partyOf(actor).id,
      note,
      text,
      basedOn: inForce,
    })
    return { value: { name, sentence: grantSentence(rule), proposalId }, events: [event] }
  },
)

/**
 * Ends a grant at once: the policy without it is stricter, so nobody else has to agree.
 *
 * @throws AppError `conflict` when no grant of this name is in force
 */
export const revokeGrant: (actor: PersonActor, tenantId: string, name: string) => Promise<RevokedGrantView> =
  command("grant:manage", async ({ actor, db }, name: string) => {
    const inForce = await lockRules(db)
    const before = await requirePolicy(db, inForce)
    const { rules } = before.document
    if (!rules.some((rule) => rule.name === name && rule.grant !== undefined)) {
      throw new AppError("conflict", "No grant of this name is in force: it ended, or never was.")
    }
    const { document, text } = withRules(
      before,
      rules.filter((rule) => rule.name !== name),
    )

    const { value, events } = await published(db, {
      document,
      text,
      note: `The grant ${name} is revoked.`,
      basedOn: inForce,
      authorId: partyOf(actor).id,
      restores: null,
      rolloutId: null,
      approvedById: null,
      proposalId: null,
    })
    if (value.version === null) throw new AppError("internal")
    return { value: { name, version: value.version }, events }
  })

/** A tenant's grants: in force, waiting and ended. */
export async function listGrants(actor: PersonActor, tenantId: string): Promise<GrantList> {
  authorise(actor, "policy:read", tenantId)

  return inTenant(tenantId, async (db) => {
    const known = {
      rules: (await documentInForce(db)).rules,
      proposals: (await findGrantProposals(db)).flatMap(broughtBy),
      uses: await findGrantUses(db),
      now: Date.now(),
    }
    return { items: grantsNow(known), nextCursor: null }
  })
}

async function documentInForce(db: TenantDb): Promise<PolicyDocument> {
  const version = await versionNow(db)
  if (version === null) throw new AppError("not_found")

  return (await requirePolicy(db, version)).document
}

type StoredProposal = Awaited<ReturnType<typeof findGrantProposals>>[number]

function broughtBy({ proposalId, status, before, after }: StoredProposal): GrantProposal[] {
  const had = new Set(rulesIn(before).map(({ name }) => name))

  return rulesIn(after).flatMap((rule) =>
    rule.grant === undefined || had.has(rule.name) ? [] : [{ proposalId, status, rule }],
  )
}

/** Our own canonical bytes; what was in force and could not be read is null there. */
function rulesIn(bytes: Buffer): readonly PolicyRule[] {
  const document = JSON.parse(bytes.toString("utf8")) as PolicyDocument | null

  return document?.rules ?? []
}
