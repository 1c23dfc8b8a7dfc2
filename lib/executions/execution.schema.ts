import { z } from "zod"
import { ObservedState } from "@/lib/changes/change.schema"

/** What is searched and joined in the database cannot hold U+0000. */
const withoutNul = /^[^\0]*$/

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** A message id, record id or file id that the target system gave: type, id and more strings. */
const Receipt = z
  .record(z.string().min(1).max(100).regex(withoutNul), z.string().max(2_000).regex(withoutNul))
  .refine((receipt) => "type" in receipt && "id" in receipt, "A receipt has at least type and id.")

const Amount = z.int().min(0).max(1_000_000_000_000)

export const OutcomeBody = z.strictObject({
  status: z.enum(["applied", "failed"]),
  observedAfter: z.array(ObservedState).max(100),
  output: z.strictObject({ sha256: Sha256, redacted: z.json() }).nullable(),
  receipts: z.array(Receipt).max(1_000),
  /** What the call has used up, for the limits of its run. */
  usage: z.strictObject({ outputBytes: Amount.optional(), tokens: Amount.optional() }).optional(),
})
export type OutcomeBody = z.infer<typeof OutcomeBody>

export const OutcomeView = z.strictObject({
  executionId: z.string(),
  status: z.enum(["applied", "failed"]),
  matchesApproved: z.boolean().nullable(),
  late: z.boolean(),
})
export type OutcomeView = z.infer<typeof OutcomeView>
