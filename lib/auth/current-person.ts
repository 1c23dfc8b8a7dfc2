import { headers } from "next/headers"
import { cache } from "react"
import type { PersonActor } from "@/lib/access/actor"
import { principalOfSession } from "@/lib/members/sessions.service"
import { sessionIdFromCookie } from "./session-cookie"

/**
 * Who is looking at this page, read from live rows, or null. Each page asks for
 * itself: a layout is not rendered again when people move between pages.
 */
export const currentPerson = cache(async (): Promise<PersonActor | null> => {
  const cookie = (await headers()).get("cookie") ?? undefined
  const sessionId = await sessionIdFromCookie(cookie)
  return sessionId === null ? null : principalOfSession(sessionId)
})
