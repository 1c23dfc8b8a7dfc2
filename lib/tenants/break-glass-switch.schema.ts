import { z } from "zod"

/** Whether two administrators can set a quorum aside in an agency; once off it is off for good. */
export const BreakGlassSwitchView = z.strictObject({
  agencyId: z.string(),
  isOn: z.boolean(),
  offAt: z.iso.datetime().nullable(),
  offBy: z.strictObject({ personId: z.string(), name: z.string() }).nullable(),
})
export type BreakGlassSwitchView = z.infer<typeof BreakGlassSwitchView>
