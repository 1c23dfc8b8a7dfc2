import { z } from "zod"
import { IdText } from "@/lib/kernel/id.schema"
import { rolloutMembers } from "./pack.schema"
import { FieldRow, Note, Version } from "./policy-version.schema"
import { proposalStatuses } from "./rule-proposal"

/** More at once nobody has looked at. */
const tenantsMax = 500

const isEachOnce = (tenantIds: readonly string[]) => new Set(tenantIds).size === tenantIds.length

/** Without `tenantIds` every client of the agency, a page at a time. */
export const PreviewBody = z.strictObject({
  version: Version,
  tenantIds: z.array(IdText).min(1).max(100).refine(isEachOnce, "Name each client once.").optional(),
  cursor: IdText.optional(),
})
export type PreviewBody = z.infer<typeof PreviewBody>

const effectMembers = {
  diff: z.array(FieldRow),
  loosens: z.array(z.string()),
  tightens: z.array(z.string()),
  needsSecondPerson: z.boolean(),
  takesEffect: z.enum(["at_once", "second_person", "after_notice"]),
  /** Something else waits there for a second person already, so that this could not wait too. */
  hasOpenProposal: z.boolean(),
} as const

/** What a rollout would do in one client now. */
export const PreviewRow = z.strictObject({
  tenantId: z.string(),
  name: z.string(),
  /** The version in force that the rest compares with; a rollout names it again. */
  basedOn: Version,
  isSame: z.boolean(),
  ...effectMembers,
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

/** Without `tenantIds` every client that it reached. */
export const RollBackBody = z.strictObject({
  tenantIds: z.array(IdText).min(1).max(tenantsMax).refine(isEachOnce, "Name each client once.").optional(),
  note: Note,
})
export type RollBackBody = z.infer<typeof RollBackBody>

/** What rolling back would do in one client now: put back a version, take back what waits, or leave it. */
export const RollBackRow = z.strictObject({
  tenantId: z.string(),
  name: z.string(),
  action: z.enum(["restore", "take_back", "leave"]),
  /** The version whose document would be put back; null unless it would be. */
  restores: Version.nullable(),
  /** Why it would be left, by its error code and in words; null for the others. */
  code: z.string().nullable(),
  message: z.string().nullable(),
  ...effectMembers,
})
export type RollBackRow = z.infer<typeof RollBackRow>

export const RollBackPreview = z.strictObject({ items: z.array(RollBackRow) })
export type RollBackPreview = z.infer<typeof RollBackPreview>

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

const outcomeMembers = {
  version: Version.nullable(),
  proposalId: z.string().nullable(),
  proposalStatus: z.enum(proposalStatuses).nullable(),
} as const

/** A rollout with what it came to in each client that it reached; those that were left out are not among them. */
export const RolloutView = z.strictObject({
  ...rolloutMembers,
  items: z.array(
    z.strictObject({
      tenantId: z.string(),
      name: z.string(),
      /** The version in force there now. */
      inForce: Version,
      /** Whether the version that the rollout published, which follows, is the one in force. */
      isInForce: z.boolean(),
      ...outcomeMembers,
      /** What rolling it back came to, the last time; null where it was not. */
      back: z.strictObject(outcomeMembers).nullable(),
    }),
  ),
})
export type RolloutView = z.infer<typeof RolloutView>
