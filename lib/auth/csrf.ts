import { createHmac, timingSafeEqual } from "node:crypto"
import { runtime } from "@/lib/env/runtime"

/** The token that a session's own pages send back as `X-CSRF-Token` (SPEC 6). Another session's is worthless. */
export function csrfTokenOf(sessionId: string): string {
  return macOf(sessionId).toString("base64url")
}

/** Whether a token is this session's, in the same time whatever it is. */
export function csrfMatches(sessionId: string, token: string): boolean {
  const expected = macOf(sessionId)
  const given = Buffer.from(token, "base64url")
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function macOf(sessionId: string): Buffer {
  return createHmac("sha256", runtime().secrets.sessionSecret)
    .update(`deltaseal/csrf/v1\0${sessionId}`)
    .digest()
}
