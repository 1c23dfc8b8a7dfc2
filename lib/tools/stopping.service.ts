import type { PersonActor } from "@/lib/access/actor"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { command, partyOf } from "@/lib/operations/command"
import { toolSubject, type ToolPlace } from "@/lib/stops/stop"
import { jointCommand, type Joint, type JointDone } from "@/lib/operations/joint-command"
import {
  cancelAll,
  cancelRest,
  handOver,
  liftStop,
  throwStop,
  type StoppedAll,
  type Thrown,
} from "@/lib/stops/stops.service"
import { lockVersions, restoreVersions, suspendVersions } from "./stopping.repo"
import { toolEvent } from "./tool-event"

export type StopTool = Omit<ToolPlace, "tenantId"> & Readonly<{ reason: string; byAgency: boolean }>

/**
 * Stops tools, all of them or none, in every version unless one is named: calls
 * are refused, what is open under them is cancelled, and nobody can accept or
 * activate them until their stop is lifted.
 *
 * @throws AppError `not_found`, `forbidden`
 */
export async function stopTools(
  actor: PersonActor,
  tools: readonly Joint<StopTool>[],
): Promise<readonly StoppedAll[]> {
  const thrown = await stop(actor, tools)

  return cancelAll(
    actor,
    thrown,
    tools.map(({ tenantId, input }) => ({ tenantId, scope: "tool", subject: toolSubject(input) })),
  )
}

const stop = jointCommand(
  "kill:switch",
  async ({ actor, db }, tool: StopTool): Promise<JointDone<Thrown>> => {
    const versions = await lockVersions(db, tool)
    if (versions.length === 0) throw new AppError("not_found")

    const held = versions.filter(({ status }) => status === "active").map(({ version }) => version)
    const thrown = await throwStop(db, {
      ...{ scope: "tool" as const, subject: toolSubject(tool), held, reason: tool.reason },
      ...{ byAgency: tool.byAgency, thrownById: actor.personId },
    })
    await suspendVersions(db, tool, held)
    const event = (version: string | null) =>
      toolEvent("tool.suspended", db.tenantId, withVersion(tool, version), {
        plain: { because: "kill_switch", stopId: thrown.stopId },
        secret: { reason: tool.reason },
      })

    return { value: thrown, events: [event(held[0] ?? tool.version), ...held.slice(1).map(event)] }
  },
)

/** Lifts a stop: the versions that it suspended can be used again, but for those offered in another shape since. */
export const liftToolStop = command(
  "kill:switch",
  async ({ actor, db }, place: Omit<ToolPlace, "tenantId">) => {
    await lockVersions(db, place)
    const stopped = { scope: "tool", subject: toolSubject(place) } as const
    const lifted = await liftStop(db, stopped, partyOf(actor))
    if (lifted === null) throw new AppError("conflict", "The stop was lifted a moment ago.")

    await cancelRest(db, stopped, partyOf(actor))
    const restored = await restoreVersions(db, place, await freeVersions(db, place, lifted.held))
    const event = (version: string | null) =>
      toolEvent("tool.changed", db.tenantId, withVersion(place, version), {
        plain: { because: "stop_lifted", stopId: lifted.stopId, isUsable: version !== null },
      })

    return {
      value: restored.map((version) => toolSubject({ ...place, version })),
      events: [event(restored[0] ?? null), ...restored.slice(1).map(event)],
    }
  },
)

/** Those of these versions that no other stop holds; the others are that one's to give back. */
async function freeVersions(
  db: TenantDb,
  place: Omit<ToolPlace, "tenantId">,
  held: readonly string[],
): Promise<readonly string[]> {
  const free: string[] = []
  for (const version of held) {
    // The whole tool where one version was stopped, and that version where the whole tool was.
    const other = toolSubject({ ...place, version: place.version === null ? version : null })
    if (!(await handOver(db, { scope: "tool", subject: other }, [version]))) free.push(version)
  }

  return free
}

function withVersion({ server, name }: Omit<ToolPlace, "tenantId">, version: string | null) {
  return { server, name, ...(version === null ? {} : { version }) }
}
