import type { JsonValue } from "@deltaseal/guard/change"
import { z } from "zod"
import { ReasonText } from "@/lib/approvals/approval.schema"

export const Time = z.iso.datetime()
export const Person = z.strictObject({ personId: z.string(), name: z.string() })
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "A hash is 64 lower-case hex digits.")
export const Version = z.int().min(1).max(2_147_483_646)

/** Past this nobody reads it. In UTF-16 units. */
const policyTextMax = 256 * 1_024

/** YAML as somebody wrote it; what is wrong with it is for `check` to say, with the place. */
export const PolicyText = z
  .string()
  .max(policyTextMax, `A policy has at most ${policyTextMax} characters.`)
  .refine((text) => !text.includes("\u0000"), "A policy cannot hold U+0000.")

/** Why it was published, in the author's words. */
export const Note = ReasonText.default("")

/** One field of a normalized difference; `from` and `to` are canonical JSON, null where there is none. */
export const FieldRow = z.strictObject({
  op: z.enum(["add", "remove", "replace"]),
  path: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
})

const versionMembers = {
  tenantId: z.string(),
  version: Version,
  isInForce: z.boolean(),
  digest: Sha256,
  note: z.string(),
  /** Null for version 1, which nobody published: it holds until somebody does. */
  author: Person.nullable(),
  /** The second person, where one was needed. */
  approvedBy: Person.nullable(),
  publishedAt: Time.nullable(),
  basedOn: Version.nullable(),
  /** The version whose document it repeats. */
  restores: Version.nullable(),
  /** The rolling out of a pack that it came with. */
  rolloutId: z.string().nullable(),
} as const

/** One version of a tenant's policy, without what it says. */
export const PolicyVersionView = z.strictObject(versionMembers)
export type PolicyVersionView = z.infer<typeof PolicyVersionView>

export const PolicyList = z.strictObject({
  inForce: Version,
  items: z.array(PolicyVersionView),
  nextCursor: z.string().nullable(),
})
export type PolicyList = z.infer<typeof PolicyList>

/** A version with what it says, and how that differs from another one. */
export const PolicyView = z.strictObject({
  ...versionMembers,
  /** The YAML as it was written. */
  text: z.string(),
  document: z.custom<JsonValue>((value) => value !== undefined),
  diff: z
    .strictObject({
      against: Version,
      fields: z.array(FieldRow),
      loosens: z.array(z.string()),
      tightens: z.array(z.string()),
    })
    .nullable(),
})
export type PolicyView = z.infer<typeof PolicyView>

export const CheckBody = z.strictObject({ text: PolicyText })

/** What keeps a text from being a policy, and where. */
export const TextProblemView = z.strictObject({
  line: z.int(),
  column: z.int(),
  path: z.string(),
  code: z.string(),
  message: z.string(),
})

/** What is wrong with a draft, or what publishing it would do. */
export const CheckedDraftView = z.strictObject({
  problems: z.array(TextProblemView),
  /** The version in force, with which the rest compares. */
  against: Version,
  comparison: z
    .strictObject({
      isSame: z.boolean(),
      diff: z.array(FieldRow),
      loosens: z.array(z.string()),
      tightens: z.array(z.string()),
      needsSecondPerson: z.boolean(),
      takesEffect: z.enum(["at_once", "second_person", "after_notice"]),
    })
    .nullable(),
})
export type CheckedDraftView = z.infer<typeof CheckedDraftView>

/** `basedOn` is the version in force that the author has read. */
export const PublishBody = z.strictObject({ text: PolicyText, basedOn: Version, note: Note })
export const RestoreBody = z.strictObject({ basedOn: Version, note: Note })

/** What became of it: a version in force, or a proposal that waits for a second person or the end of its notice. */
export const PublicationView = z.union([
  z.strictObject({ result: z.literal("published"), version: Version, proposalId: z.null() }),
  z.strictObject({ result: z.literal("proposed"), version: z.null(), proposalId: z.string() }),
])
