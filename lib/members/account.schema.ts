import { z } from "zod"
import { LinkTokenText, PasswordText } from "./setup.schema"

const Time = z.iso.datetime()

export const ChangePasswordBody = z.strictObject({ current: PasswordText, next: PasswordText })
export type ChangePasswordBody = z.infer<typeof ChangePasswordBody>

/** `lastUsedAt` is exact to five minutes. */
export const OwnSession = z.strictObject({
  sessionId: z.string(),
  createdAt: Time,
  lastUsedAt: Time,
  expiresAt: Time,
  isCurrent: z.boolean(),
})
export type OwnSession = z.infer<typeof OwnSession>

export const OwnSessionList = z.strictObject({ items: z.array(OwnSession), nextCursor: z.null() })

/** How many sessions a write ended. */
export const SessionsEnded = z.strictObject({ ended: z.int() })

/** A link that works once, until when. It is shown this once: only a digest of its token is kept. */
export const ResetLink = z.strictObject({ link: z.string(), expiresAt: Time })
export type ResetLink = z.infer<typeof ResetLink>

export const ResetBody = z.strictObject({ token: LinkTokenText, password: PasswordText })
export type ResetBody = z.infer<typeof ResetBody>
