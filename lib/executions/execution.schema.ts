import { z } from "zod"
import { ObservedState } from "@/lib/changes/change.schema"
import { AnyJson, StringMembers } from "@/lib/kernel/json.schema"

/** What is searched and joined in the database cannot hold U+0000. */
function isShort(text: string, unitsMax: number): boolean {
  return text.length <= unitsMax && !text.includes("\0")
}

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** A message id, record id or file id that the target system gave: type, id and more strings. */
const Receipt = StringMembers.refine(
  (receipt) => Object.entries(receipt).every(([name, text]) => isShort(name, 100) && isShort(text, 2_000)),
  "Names have 1 to 100 characters, texts up to 2,000, none of them U+0000.",
)
  .refine((receipt) => !Object.hasOwn(receipt, ""), "A name has at least one character.")
  .refine(
    (receipt) => Object.hasOwn(receipt, "type") && Object.hasOwn(receipt, "id"),
    "A receipt has at least type and id.",
  )

const Amount = z.int().min(0).max(1_000_000_000_000)

export const OutcomeBody = z.strictObject({
  status: z.enum(["applied", "failed"]),
  observedAfter: z.array(ObservedState).max(100),
  output: z.strictObject({ sha256: Sha256, redacted: AnyJson }).nullable(),
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
