import { z } from "zod"
import { IdText } from "@/lib/kernel/id.schema"

/** One answer has at most this many lines; without a wish it has as many. */
export const contentLinesMax = 10_000

const Position = z.coerce.number().int().min(1).max(100)

export const PartContentParams = z.strictObject({ approvalId: IdText, position: Position })

export const PartContentQuery = z.strictObject({
  side: z.enum(["before", "after"]),
  /** The first line, from 1. */
  from: z.coerce.number().int().min(1).default(1),
  lines: z.coerce.number().int().min(1).max(contentLinesMax).default(contentLinesMax),
})

/** Lines of one side of a part, exactly as they are: each with its own end, the last one with or without. */
export const PartContentView = z.strictObject({
  approvalId: z.string(),
  position: z.int(),
  side: z.enum(["before", "after"]),
  digest: z.string(),
  bytes: z.int(),
  lineCount: z.int(),
  from: z.int(),
  text: z.string(),
  /** Where the next answer begins; null when this one ends the content. */
  nextLine: z.int().nullable(),
})
export type PartContentView = z.infer<typeof PartContentView>
