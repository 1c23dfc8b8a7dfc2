import { z } from "zod"

export const EpochParams = z.strictObject({ number: z.coerce.number().int().min(1).max(2_147_483_647) })

export const EpochDismissed = z.strictObject({ number: z.int() })
