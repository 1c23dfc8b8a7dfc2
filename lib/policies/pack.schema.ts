import { z } from "zod"
import { IdText } from "@/lib/kernel/id.schema"
import { NameText } from "@/lib/kernel/name.schema"
import { FieldRow, Note, Person, PolicyText, Sha256, Time, Version } from "./policy-version.schema"
import { proposalStatuses } from "./rule-proposal"

/** More at once nobody has looked at. */
const tenantsMax = 500

const packMembers = {
  packId: z.string(),
  agencyId: z.string(),
  name: z.string(),
  /** The newest. */
  version: Version,
  createdBy: Person,
  createdAt: Time,
  changedAt: Time,
} as const

/** A policy that an agency keeps for its clients. */
export const PackSummary = z.strictObject(packMembers)
export type PackSummary = z.infer<typeof PackSummary>

export const PackList = z.strictObject({ items: z.array(PackSummary), nextCursor: z.string().nullable() })
export type PackList = z.infer<typeof PackList>

const rolloutMembers = {
  rolloutId: z.string(),
  packId: z.string(),
  packVersion: Version,
  startedBy: Person,
  startedAt: Time,
  /** When it was rolled back, the last time; null when it never was. */
  rolledBackAt: Time.nullable(),
} as const

/** A pack in one version, with its newest 100 versions and rollouts. */
export const PackView = z.strictObject({
  ...packMembers,
  /** The version whose text this is. */
  shown: Version,
  text: z.string(),
  versions: z.array(
    z.strictObject({ version: Version, digest: Sha256, note: z.string(), author: Person, createdAt: Time }),
  ),
  rollouts: z.array(z.strictObject(rolloutMembers)),
})
export type PackView = z.infer<typeof PackView>

/** `agencyId` may be left out by who acts in one agency. */
export const CreatePackBody = z.strictObject({
  name: NameText,
  text: PolicyText,
  note: Note,
  agencyId: IdText.optional(),
})
export type CreatePackBody = z.infer<typeof CreatePackBody>

/** `basedOn` is the newest version that the author has read. */
export const PackVersionBody = z.strictObject({ text: PolicyText, basedOn: Version, note: Note })
export type PackVersionBody = z.infer<typeof PackVersionBody>

const isEachOnce = (tenantIds: readonly string[]) => new Set(tenantIds).size === tenantIds.length

/** Without `tenantIds` every client of the agency, a page at a time. */
export const PreviewBody = z.strictObject({
  version: Version,
  tenantIds: z.array(IdText).min(1).max(100).refine(isEachOnce, "Name each client once.").optional(),
  cursor: IdText.optional(),
})
export type PreviewBody = z.infer<typeof PreviewBody>

/** What a rollout would do in one client now. */
export const PreviewRow = z.strictObject({
  tenantId: z.string(),
  name: z.string(),
  /** The version in force that the rest compares with; a rollout names it again. */
  basedOn: Version,
  isSame: z.boolean(),
  diff: z.array(FieldRow),
  loosens: z.array(z.string()),
  tightens: z.array(z.string()),
  needsSecondPerson: z.boolean(),
  takesEffect: z.enum(["at_once", "second_person", "after_notice"]),
  /** Something else waits there for a second person already, so that this could not wait too. */
  hasOpenProposal: z.boolean(),
})
export type PreviewRow = z.infer<typeof PreviewRow>

export const RolloutPreview = z.strictObject({
  items: z.array(PreviewRow),
  nextCursor: z.string().nullable(),
})
export type RolloutPreview = z.infer<typeof RolloutPreview>

/** Each client with the version in force that was looked at. */
export const RolloutBody = z.strictObject({
  version: Version,
  tenants: z
    .array(z.strictObject({ tenantId: IdText, basedOn: Version }))
    .min(1)
    .max(tenantsMax)
    .refine((tenants) => isEachOnce(tenants.map(({ tenantId }) => tenantId)), "Name each client once."),
  note: Note,
})
export type RolloutBody = z.infer<typeof RolloutBody>

export const RollBackBody = z.strictObject({ note: Note })

/** What became of it in one client: in force, waiting, taken back before it was decided, or left as it was. */
export const TenantResult = z.strictObject({
  tenantId: z.string(),
  result: z.enum(["published", "proposed", "withdrawn", "left"]),
  version: Version.nullable(),
  proposalId: z.string().nullable(),
  /** Why it was left, by its error code and in words; null for the others. */
  code: z.string().nullable(),
  message: z.string().nullable(),
})
export type TenantResult = z.infer<typeof TenantResult>

export const RolloutResult = z.strictObject({ rolloutId: z.string(), items: z.array(TenantResult) })
export type RolloutResult = z.infer<typeof RolloutResult>

/** A rollout with what it came to in each client that it reached; those that were left out are not among them. */
export const RolloutView = z.strictObject({
  ...rolloutMembers,
  items: z.array(
    z.strictObject({
      tenantId: z.string(),
      name: z.string(),
      /** The version that it published, and whether that one is in force. */
      version: Version.nullable(),
      isInForce: z.boolean(),
      proposalId: z.string().nullable(),
      proposalStatus: z.enum(proposalStatuses).nullable(),
    }),
  ),
})
export type RolloutView = z.infer<typeof RolloutView>
