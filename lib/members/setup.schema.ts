import { z } from "zod"
import { EmailText, NameText } from "@/lib/kernel/name.schema"

/** The secret of a link, as the address of its page has it. What is no token of ours leads nowhere. */
export const LinkTokenText = z
  .string()
  .max(128)
  .regex(/^[\w-]*$/, "A token is base64url.")

/** What is too short or too long for a password has a code of its own; this only bounds what is looked at. */
export const PasswordText = z.string().max(4_096)

export const SetupBody = z.strictObject({
  token: LinkTokenText,
  agencyName: NameText,
  clientName: NameText,
  name: NameText,
  email: EmailText,
  password: PasswordText,
})
export type SetupBody = z.infer<typeof SetupBody>

export const SetupView = z.strictObject({
  agencyId: z.string(),
  tenantId: z.string(),
  personId: z.string(),
})
export type SetupView = z.infer<typeof SetupView>
