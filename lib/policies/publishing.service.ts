import { sha256Hex, type JsonValue } from "@deltaseal/guard/change"
import type { PersonActor } from "@/lib/access/actor"
import type { AuditEvent } from "@/lib/audit/audit-event"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { command, partyOf, type Done } from "@/lib/operations/command"
import { judge } from "./judging.service"
import { insertPolicy } from "./policies.repo"
import type { PolicyDocument } from "./policy"
import { requireDocument } from "./policy-draft.service"
import { lockRules, propose, supersede } from "./proposing.service"
import { policyBytes, requirePolicy } from "./stored-policy.service"

/** What became of a policy that somebody wanted in force: a version, or a proposal that waits. */
export type Publication =
  | Readonly<{ result: "published"; version: number; proposalId: null }>
  | Readonly<{ result: "proposed"; version: null; proposalId: string }>

export type Draft = Readonly<{ text: string; basedOn: number; note: string }>

/**
 * Puts a policy in force, or keeps it for a second person when it loosens the
 * one that is (SPEC 3.2). The first policy of a tenant needs none.
 *
 * @throws AppError `invalid_policy`, `conflict` when another version is in force than the one it was written on,
 * `no_change`, `proposal_open`
 */
export async function publishPolicy(
  actor: PersonActor,
  tenantId: string,
  { text, basedOn, note }: Draft,
): Promise<Publication> {
  return publish(actor, tenantId, { document: () => requireDocument(text), text, basedOn, note })
}

type Written = Draft & Readonly<{ document: () => PolicyDocument }>

// Read behind the permission: a stranger learns nothing about a draft, and costs nothing.
const publish = command("policy:manage", async ({ actor, db }, { document, ...draft }: Written) =>
  putInForce(db, {
    document: document(),
    ...draft,
    authorId: partyOf(actor).id,
    restores: null,
    rolloutId: null,
  }),
)

/**
 * Puts what an older version said in force again, as a version of its own and by the same rules.
 *
 * @throws AppError `not_found`, `policy_unavailable` when that version cannot be read, and as `publishPolicy`
 */
export const restorePolicy: (
  actor: PersonActor,
  tenantId: string,
  input: Omit<Draft, "text"> & Readonly<{ version: number }>,
) => Promise<Publication> = command(
  "policy:manage",
  async ({ actor, db }, { version, ...rest }: Omit<Draft, "text"> & Readonly<{ version: number }>) => {
    if (version > (await lockRules(db))) throw new AppError("not_found")
    const { document, text } = await requirePolicy(db, version)
    const origin = { authorId: partyOf(actor).id, restores: version, rolloutId: null }

    return putInForce(db, { document, text, ...rest, ...origin })
  },
)

/** A policy with where it comes from. */
export type NewInForce = Draft &
  Readonly<{
    document: PolicyDocument
    authorId: string
    restores: number | null
    rolloutId: string | null
  }>

/** Publishes or proposes, in the tenant that this transaction is bound to. */
export async function putInForce(db: TenantDb, policy: NewInForce): Promise<Done<Publication>> {
  const inForce = await lockRules(db)
  if (policy.basedOn !== inForce) {
    throw new AppError("conflict", `Version ${inForce} is in force now. Read it, and publish on top of it.`)
  }
  const judged = await judge(db, inForce, policy)
  if (judged.isSame) throw new AppError("no_change", "This policy is in force already.")
  if (!judged.needsSecondPerson) return published(db, { ...policy, approvedById: null, proposalId: null })

  const { document, authorId, ...rest } = policy
  const { proposalId, event } = await propose(db, {
    kind: "policy",
    subject: {},
    before: judged.before,
    after: document as unknown as JsonValue,
    loosens: judged.loosens,
    personId: authorId,
    ...rest,
  })
  return { value: { result: "proposed", version: null, proposalId }, events: [event] }
}

/** Who decided on a version, and on which proposal; both null where nobody else had to. */
type Decided = Readonly<{ approvedById: string | null; proposalId: string | null }>

/** Adds the next version; what else waits about the policy was written on one that is no longer in force. */
export async function published(db: TenantDb, policy: NewInForce & Decided): Promise<Done<Publication>> {
  const { document, text, note, basedOn, restores, rolloutId, approvedById, proposalId } = policy
  const bytes = policyBytes(document)
  const digest = sha256Hex(bytes)
  const version = await insertPolicy(db, { ...policy, document: bytes, digest })
  const event: AuditEvent = {
    type: "policy.published",
    subject: { kind: "tenant", id: db.tenantId },
    plain: { version, basedOn, restores, rolloutId, proposalId, authorId: policy.authorId, approvedById },
    secret: { digest, text: sha256Hex(text), note },
  }

  return {
    value: { result: "published", version, proposalId: null },
    events: [event, ...(await supersede(db, { kind: "policy", subject: null }))],
  }
}
