import { z } from "zod"
import { CanaryCounts, OwnCanaryCounts } from "@/lib/canaries/canary.schema"
import { IdText } from "@/lib/kernel/id.schema"

const Count = z.int().nonnegative()
const Milliseconds = z.int().nonnegative().nullable()

const Summary = {
  decisions: Count,
  approvals: Count,
  denials: Count,
  medianMs: Milliseconds,
  withoutPage: Count,
  beforeShown: Count,
  quick: Count,
  longestStreak: Count,
  sizes: z
    .array(
      z.strictObject({
        linesMin: Count,
        linesMax: Count.nullable(),
        decisions: Count,
        medianMs: Milliseconds,
      }),
    )
    .readonly(),
}

export const AttentionSummaryView = z.strictObject(Summary)

const Period = {
  days: z.int(),
  from: z.iso.datetime(),
  /** Whether there were more decisions than are counted: the latest are. */
  isCut: z.boolean(),
  /** A hundred lines in fewer seconds than this count as quick. */
  quickSeconds: z.int(),
  total: AttentionSummaryView,
}

/** One's own numbers. */
export const OwnAttentionView = z.strictObject({ ...Period, canaries: OwnCanaryCounts })
export type OwnAttentionView = z.infer<typeof OwnAttentionView>

/** How changes are decided in one client or several. */
export const AttentionView = z.strictObject({
  ...Period,
  clients: z.array(z.strictObject({ tenantId: z.string(), name: z.string(), ...Summary })),
  tools: z.array(
    z.strictObject({
      tenantId: z.string(),
      tenantName: z.string(),
      server: z.string(),
      tool: z.string(),
      ...Summary,
    }),
  ),
  /** By name. Who decided on fewer than `personDecisionsMin` is not among them. */
  people: z.array(z.strictObject({ personId: z.string(), name: z.string(), ...Summary })),
  personDecisionsMin: z.int(),
  /** What became of test changes, by client; nothing of who decided on them. */
  canaries: z.array(CanaryCounts),
})
export type AttentionView = z.infer<typeof AttentionView>

/** What of it is asked for. Views are kept for 90 days. */
export const AttentionQuery = z.strictObject({ days: z.coerce.number().int().min(1).max(90).default(30) })
export const TenantParams = z.strictObject({ tenantId: IdText })
