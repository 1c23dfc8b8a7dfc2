import { z } from "zod"
import { grantUsesMax } from "@/lib/policies/grant"
import { Note } from "@/lib/policies/policy-version.schema"
import { environments } from "@/lib/tools/tool"

const Text = z.string().min(1).max(1_024)

/** What is left out is as it was in the decision. */
export const GrantBody = z.strictObject({
  paths: z.array(Text).min(1).max(100).optional(),
  fields: z.array(z.string().max(1_024)).min(1).max(100).optional(),
  environment: z.enum(environments).optional(),
  workflow: z.string().min(1).max(128).optional(),
  maxUses: z.int().min(1).max(grantUsesMax),
  until: z.iso.datetime(),
  note: Note,
})
export type GrantBody = z.infer<typeof GrantBody>

/** A proposal to a second person; nothing is let through yet. */
export const ProposedGrantView = z.strictObject({
  name: z.string(),
  sentence: z.string(),
  proposalId: z.string(),
})
export type ProposedGrantView = z.infer<typeof ProposedGrantView>

export const GrantView = z.strictObject({
  name: z.string(),
  state: z.enum(["in_force", "waiting", "ended"]),
  /** Null while it waits or is in force. */
  endedBecause: z.enum(["expired", "spent", "revoked", "declined"]).nullable(),
  sentence: z.string(),
  server: z.string(),
  tool: z.string(),
  from: z.string(),
  maxUses: z.int(),
  usesLeft: z.int(),
  until: z.iso.datetime(),
  /** The proposal that it came with; null where an administrator wrote it into the policy. */
  proposalId: z.string().nullable(),
})
export type GrantView = z.infer<typeof GrantView>

export const GrantList = z.strictObject({ items: z.array(GrantView), nextCursor: z.null() })
export type GrantList = z.infer<typeof GrantList>

/** The version that is in force without it. */
export const RevokedGrantView = z.strictObject({ name: z.string(), version: z.int() })
export type RevokedGrantView = z.infer<typeof RevokedGrantView>
