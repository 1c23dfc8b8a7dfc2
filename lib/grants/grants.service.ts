import type { JsonValue } from "@deltaseal/guard/change"
import type { PersonActor } from "@/lib/access/actor"
import { inTenant, type TenantDb } from "@/lib/db/tenant-db"
import { databaseTime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { authorise, command, partyOf } from "@/lib/operations/command"
import { catchUp } from "@/lib/policies/due-proposals.service"
import { withRules } from "@/lib/policies/grant-text.service"
import type { PolicyDocument, PolicyRule } from "@/lib/policies/policy"
import { lockRules, propose } from "@/lib/policies/proposing.service"
import { published } from "@/lib/policies/publishing.service"
import { requirePolicy, versionNow } from "@/lib/policies/stored-policy.service"
import { decidedFacts, draftGrant, type Wished } from "./grant-drafts.service"
import { grantSentence } from "./grant-of-decision"
import type { GrantBody, GrantList, GrantView, ProposedGrantView, RevokedGrantView } from "./grant.schema"
import { grantsNow, type GrantProposal } from "./grants-now"
import { namesOfPeople } from "./grants.queries"
import { findGrantProposals, findGrantUses, type StoredGrantProposal } from "./grants.repo"

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
  const { tenantId, facts } = await decidedFacts(actor, approvalId)

  return saveProposal(actor, tenantId, { approvalId, facts, wish })
}

const saveProposal = command("grant:manage", async ({ actor, db, now }, wished: Wished) => {
  const inForce = await lockRules(db)
  const { rule, before, after, loosens } = await draftGrant(db, inForce, { ...wished, now })

  const { proposalId, event } = await propose(db, {
    kind: "policy",
    subject: { grant: rule.name },
    before: before.document as unknown as JsonValue,
    after: after.document as unknown as JsonValue,
    loosens,
    personId: partyOf(actor).id,
    note: wished.wish.note,
    text: after.text,
    basedOn: inForce,
  })
  return { value: { name: rule.name, sentence: grantSentence(rule), proposalId }, events: [event] }
})

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

/** A tenant's grants, in force, waiting and ended, once what is due by now has taken effect: all, or those about something. */
export async function listGrants(
  actor: PersonActor,
  tenantId: string,
  isAbout: (rule: PolicyRule) => boolean = () => true,
): Promise<GrantList> {
  authorise(actor, "policy:read", tenantId)
  await catchUp(tenantId)

  const { rules, stored, uses } = await inTenant(tenantId, async (db) => ({
    rules: (await documentInForce(db)).rules,
    stored: await findGrantProposals(db),
    uses: await findGrantUses(db),
  }))
  const ids = stored.flatMap(({ proposedById, decidedById }) => [proposedById, decidedById ?? []].flat())
  const names = await namesOfPeople(actor, tenantId, ids)
  const proposals = stored.flatMap((proposal) => broughtBy(proposal, names))

  return {
    items: grantsNow({
      rules: rules.filter(isAbout),
      proposals: proposals.filter(({ rule }) => isAbout(rule)),
      uses,
      now: databaseTime(),
    }),
    nextCursor: null,
  }
}

/** The same for pages: null where the policy in force cannot be read, so that no grant holds. */
export async function readGrants(
  ...asked: Parameters<typeof listGrants>
): Promise<readonly GrantView[] | null> {
  try {
    return (await listGrants(...asked)).items
  } catch (error) {
    if (error instanceof AppError && error.code === "policy_unavailable") return null
    throw error
  }
}

async function documentInForce(db: TenantDb): Promise<PolicyDocument> {
  const version = await versionNow(db)
  if (version === null) throw new AppError("not_found")

  return (await requirePolicy(db, version)).document
}

function broughtBy(stored: StoredGrantProposal, names: ReadonlyMap<string, string>): GrantProposal[] {
  const { proposalId, status, before, after, proposedById, decidedById } = stored
  const person = (personId: string) => ({ personId, name: names.get(personId) ?? "Nobody we know" })
  const had = new Set(rulesIn(before).map(({ name }) => name))
  const proposal = {
    ...{ proposalId, status },
    proposedBy: person(proposedById),
    decidedBy: decidedById === null ? null : person(decidedById),
  }

  return rulesIn(after).flatMap((rule) =>
    rule.grant === undefined || had.has(rule.name) ? [] : [{ ...proposal, rule }],
  )
}

/** Our own canonical bytes; what was in force and could not be read is null there. */
function rulesIn(bytes: Buffer): readonly PolicyRule[] {
  const document = JSON.parse(bytes.toString("utf8")) as PolicyDocument | null

  return document?.rules ?? []
}
