import { runsOf } from "@/lib/access/actor"
import { AppError } from "@/lib/errors/app-error"
import { query } from "@/lib/operations/query"
import type { RunLimits } from "@/lib/policies/policy"
import { environments, tiers } from "@/lib/tools/tool"
import type { UsableTool } from "@/lib/tools/tools.repo"
import type { Run as RunRow } from "@/prisma/generated/client"
import type { Run } from "./run"
import { toRunView, type RunView } from "./run.schema"

/** A run by its id, in whichever tenant the actor may see. */
export const findRun = query("run:read", async ({ actor, db }, runId: string): Promise<Run> => {
  const found = await db.run.findFirst({ where: { runId, ...runsOf(actor) } })
  if (found === null) throw new AppError("not_found")

  return toRun(found)
})

/** A run with the tools it may use. */
export const runView = query("run:read", async ({ actor, db }, runId: string): Promise<RunView> => {
  const run = await db.run.findFirst({ where: { runId, ...runsOf(actor) } })
  if (run === null) throw new AppError("not_found")

  const { tenantId, environment } = run
  const allowed = await db.toolAllowance.findMany({ where: { tenantId, environment } })
  const names = new Set(allowed.map(({ server, name }) => `${server}/${name}`))
  const tools = await db.tool.findMany({
    where: { tenantId, status: "active", tier: { not: null } },
    orderBy: [{ server: "asc" }, { name: "asc" }, { version: "asc" }],
  })
  const usable = tools
    .filter(({ server, name }) => names.has(`${server}/${name}`))
    .flatMap(({ tier, definition, ...tool }): UsableTool[] => {
      const known = tiers.find((candidate) => candidate === tier)
      return known === undefined ? [] : [{ ...tool, tier: known, definition: Buffer.from(definition) }]
    })

  return toRunView(toRun(run), usable)
})

function toRun(row: RunRow): Run {
  const environment = environments.find((name) => name === row.environment)
  if (environment === undefined) throw new AppError("internal", "A run is in an environment we do not know.")

  const limits = (row.limits ?? {}) as RunLimits

  return { ...row, environment, limits, status: row.status === "open" ? "open" : "closed" }
}
