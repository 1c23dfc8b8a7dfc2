import { z } from "zod"
import { grantUsesMax } from "@/lib/policies/grant"
import { FieldRow, Note, Person, Version } from "@/lib/policies/policy-version.schema"
import { environments } from "@/lib/tools/tool"

const Text = z.string().min(1).max(1_024)

/** What is left out is as it was in the decision. */
export const GrantBody = z.strictObject({
  /** The name that a preview gave, so that exactly what was read is proposed; a new one where it is left out. */
  name: z
    .string()
    .regex(/^grant-[0-7][0-9a-hjkmnp-tv-z]{25}$/, "A name is one that a preview gave.")
    .optional(),
  paths: z.array(Text).min(1).max(100).optional(),
  fields: z.array(z.string().max(1_024)).min(1).max(100).optional(),
  environment: z.enum(environments).optional(),
  workflow: z.string().min(1).max(128).optional(),
  maxUses: z.int().min(1).max(grantUsesMax),
  until: z.iso.datetime(),
  note: Note,
})
export type GrantBody = z.infer<typeof GrantBody>

/** What a grant would change of the policy in force, before it is proposed. */
export const GrantDraftView = z.strictObject({
  name: z.string(),
  sentence: z.string(),
  /** The version in force, with which the rest compares. */
  against: Version,
  diff: z.array(FieldRow),
  loosens: z.array(z.string()),
  takesEffect: z.enum(["second_person", "after_notice"]),
})
export type GrantDraftView = z.infer<typeof GrantDraftView>

/** A proposal to a second person; nothing is let through yet. */
export const ProposedGrantView = z.strictObject({
  name: z.string(),
  sentence: z.string(),
  proposalId: z.string(),
})
export type ProposedGrantView = z.infer<typeof ProposedGrantView>

const Names = z.array(z.string()).nullable()

export const GrantView = z.strictObject({
  name: z.string(),
  state: z.enum(["in_force", "waiting", "ended"]),
  /** Null while it waits or is in force. */
  endedBecause: z.enum(["expired", "spent", "revoked", "declined"]).nullable(),
  sentence: z.string(),
  server: z.string(),
  tool: z.string(),
  ops: z.array(z.string()),
  /** What it is about; null where it is about none of the kind. `""` is every field. */
  paths: Names,
  fields: Names,
  recipients: Names,
  /** Where it holds; null = everywhere. */
  environment: Names,
  workflow: Names,
  step: Names,
  from: z.string(),
  maxUses: z.int(),
  usesLeft: z.int(),
  until: z.iso.datetime(),
  /** The proposal that it came with; null where an administrator wrote it into the policy. */
  proposalId: z.string().nullable(),
  /** Null likewise. */
  proposedBy: Person.nullable(),
  /** Who agreed to it; null while nobody did, and where it took effect after its notice. */
  approvedBy: Person.nullable(),
})
export type GrantView = z.infer<typeof GrantView>

export const GrantList = z.strictObject({ items: z.array(GrantView), nextCursor: z.null() })
export type GrantList = z.infer<typeof GrantList>

/** The version that is in force without it. */
export const RevokedGrantView = z.strictObject({ name: z.string(), version: z.int() })
export type RevokedGrantView = z.infer<typeof RevokedGrantView>
