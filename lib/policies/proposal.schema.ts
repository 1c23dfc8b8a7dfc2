import { z } from "zod"
import { ReasonText } from "@/lib/approvals/approval.schema"
import { environments } from "@/lib/tools/tool"
import { FieldRow, Person, Sha256, Time, Version } from "./policy-version.schema"
import { proposalKinds, proposalStatuses } from "./rule-proposal"

/** What would loosen a tenant's rules, and what became of it. */
export const ProposalView = z.strictObject({
  tenantId: z.string(),
  proposalId: z.string(),
  kind: z.enum(proposalKinds),
  /** The tool it is about; null for a policy. `version` is of a tier, `environment` of an allowance. */
  tool: z
    .strictObject({
      server: z.string(),
      name: z.string(),
      version: z.string().nullable(),
      environment: z.enum(environments).nullable(),
    })
    .nullable(),
  status: z.enum(proposalStatuses),
  /** What a decision is bound to. */
  hash: Sha256,
  note: z.string(),
  /** One sentence for each thing that it loosens. */
  loosens: z.array(z.string()),
  diff: z.array(FieldRow),
  /** A policy's YAML; null for the others. */
  text: z.string().nullable(),
  basedOn: Version.nullable(),
  restores: Version.nullable(),
  rolloutId: z.string().nullable(),
  proposedBy: Person,
  proposedAt: Time,
  /** Who could approve it now. */
  approvers: z.array(Person),
  /** When it takes effect by itself; null where somebody else decides. */
  takesEffectAt: Time.nullable(),
  decidedBy: Person.nullable(),
  decidedAt: Time.nullable(),
  reason: z.string().nullable(),
})
export type ProposalView = z.infer<typeof ProposalView>

export const ProposalList = z.strictObject({
  items: z.array(ProposalView),
  nextCursor: z.string().nullable(),
})
export type ProposalList = z.infer<typeof ProposalList>

export const ApproveProposalBody = z.strictObject({ hash: Sha256 })
export const RejectProposalBody = z.strictObject({ reason: ReasonText })
