import { z } from "zod"
import { IdText } from "@/lib/kernel/id.schema"
import { NameText } from "@/lib/kernel/name.schema"
import {
  FieldRow,
  Note,
  Person,
  PolicyText,
  Sha256,
  TextProblemView,
  Time,
  Version,
} from "./policy-version.schema"

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

export const rolloutMembers = {
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
  /** With how many clients each reached. */
  rollouts: z.array(z.strictObject({ ...rolloutMembers, clients: z.int().min(0) })),
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

/** What is wrong with a draft, or what it changes of the pack's newest version, where there is one. */
export const CheckedPackView = z.strictObject({
  problems: z.array(TextProblemView),
  against: Version.nullable(),
  comparison: z
    .strictObject({
      isSame: z.boolean(),
      diff: z.array(FieldRow),
      loosens: z.array(z.string()),
      tightens: z.array(z.string()),
    })
    .nullable(),
})
export type CheckedPackView = z.infer<typeof CheckedPackView>
