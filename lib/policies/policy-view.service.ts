import type { JsonValue } from "@deltaseal/guard/change"
import type { PersonActor } from "@/lib/access/actor"
import { authorise } from "@/lib/operations/command"
import { AppError } from "@/lib/errors/app-error"
import { catchUp } from "./due-proposals.service"
import { compareStrictness } from "./loosening"
import { listPolicies, policyRecord, type PolicyRecord } from "./policies.queries"
import { builtInPolicy, type PolicyDocument } from "./policy"
import { diffPolicies } from "./policy-diff"
import { writePolicy } from "./policy-text"
import type { PolicyList, PolicyView } from "./policy-version.schema"
import { openDocument } from "./stored-policy.service"

/** A tenant's versions, once what is due by now has taken effect. */
export async function readPolicies(
  actor: PersonActor,
  tenantId: string,
  page: Readonly<{ cursor?: string | undefined }>,
): Promise<PolicyList> {
  authorise(actor, "policy:read", tenantId)
  await catchUp(tenantId)

  return listPolicies(actor, tenantId, page)
}

/**
 * One version with what it says, and what it changed: against the version it
 * was written on, or against the one that is asked for.
 *
 * @throws AppError `not_found`, `policy_unavailable` when it cannot be read
 */
export async function readPolicyVersion(
  actor: PersonActor,
  tenantId: string,
  { version, against }: Readonly<{ version: number; against?: number | undefined }>,
): Promise<PolicyView> {
  const record = await policyRecord(actor, tenantId, version)
  const document = documentOf(record)
  const other = against ?? record.view.basedOn

  return {
    ...record.view,
    text: record.stored?.text ?? writePolicy(builtInPolicy),
    document: document as unknown as JsonValue,
    diff:
      other === null
        ? null
        : { against: other, ...compare(documentOf(await policyRecord(actor, tenantId, other)), document) },
  }
}

/** The version in force, or null where it cannot be read. */
export async function readPolicyInForce(actor: PersonActor, tenantId: string): Promise<PolicyView | null> {
  const { inForce } = await readPolicies(actor, tenantId, {})

  return readPolicyVersion(actor, tenantId, { version: inForce }).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "policy_unavailable") return null
    throw error
  })
}

function documentOf({ stored }: PolicyRecord): PolicyDocument {
  return stored === null ? builtInPolicy : openDocument(stored)
}

function compare(before: PolicyDocument, after: PolicyDocument) {
  const { loosens, tightens } = compareStrictness(before, after)
  const fields = diffPolicies(before as unknown as JsonValue, after as unknown as JsonValue)

  return { fields, loosens: [...loosens], tightens: [...tightens] }
}
