import type { Context } from "hono"
import { streamSSE } from "hono/streaming"
import type { PersonActor } from "@/lib/access/actor"
import { runtime } from "@/lib/env/runtime"
import { watchSession } from "@/lib/members/sessions.service"
import { onChange, onGap, type ChangeNotice } from "@/lib/notifications/notifier"
import { requirePerson } from "./caller"
import { digestOfNotices } from "./stream-digest"

/** How often a stream looks whether its session still lives (milliseconds; SPEC 4.2.6). */
const recheckMs = 900

/** How often something is sent so that nothing in between thinks the stream dead (milliseconds). */
const heartbeatMs = 15_000

/**
 * Tells a signed-in page which approvals changed: ids only, of tenants its
 * person may see at that moment; no id where something may have been missed,
 * and many of them together where there is a flood.
 * The page then reads again.
 */
export async function streamChanges(context: Context): Promise<Response> {
  const person = await requirePerson(context.req.raw)
  context.header("x-accel-buffering", "no")

  return streamSSE(context, async (stream) => {
    /** Null where something may have been missed. */
    const waiting: (ChangeNotice | null)[] = []
    const digest = digestOfNotices()
    let wake: () => void = () => undefined
    const stop = onChange((notice) => {
      waiting.push(notice)
      wake()
    })
    const stopGap = onGap(() => {
      waiting.push(null)
      wake()
    })
    const { stopping } = runtime()
    const end = () => {
      wake()
    }
    stopping.addEventListener("abort", end, { once: true })
    stream.onAbort(end)

    try {
      await stream.writeSSE({ event: "ready", data: "{}" })
      let quietSince = Date.now()
      while (!stream.aborted && !stopping.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve
          setTimeout(resolve, waiting.length > 0 ? 0 : recheckMs)
        })
        const live = await watchSession(person.sessionId)
        if (live === null || hasLost(person, live)) break

        const heard = waiting.splice(0).filter((notice) => mayHear(live, notice))
        const notices = digest.take(heard, Date.now())
        for (const notice of notices) await stream.writeSSE({ event: "change", data: JSON.stringify(notice) })
        if (notices.length > 0) quietSince = Date.now()
        if (Date.now() - quietSince >= heartbeatMs) {
          await stream.write(": still here\n\n")
          quietSince = Date.now()
        }
      }
    } finally {
      stop()
      stopGap()
      stopping.removeEventListener("abort", end)
    }
  })
}

/** Whose membership ended begins anew: the page that reconnects reads what is still theirs. */
function hasLost(before: PersonActor, now: PersonActor): boolean {
  const kept = new Set(now.tenants.map(({ tenantId }) => tenantId))
  return before.tenants.some(({ tenantId }) => !kept.has(tenantId))
}

function mayHear(person: PersonActor, notice: ChangeNotice | null): boolean {
  return notice === null || person.tenants.some(({ tenantId }) => tenantId === notice.tenantId)
}
