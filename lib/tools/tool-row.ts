import type { Tool } from "@/prisma/generated/client"
import { environments, offeredHash, tiers, toolStatus, type ToolState } from "./tool"
import type { ToolView } from "./tool.schema"

/** A tool's row without its definitions, which are large and which lists do not show. */
export type ToolRow = Omit<Tool, "definition" | "proposedDefinition">

export type Names = ReadonlyMap<string, string>

/** Where a tool may be used; `patchPaths` null = any field. */
export type AllowanceRow = Readonly<{
  tenantId: string
  environment: string
  server: string
  name: string
  patchPaths: string[] | null
}>

/** A tool as it is shown. `names` are those of people, by id. */
export function toToolView(
  row: ToolRow,
  allowances: readonly AllowanceRow[],
  names: Names,
): Omit<ToolView, "proposed"> {
  const state = stateOf(row)
  const status = toolStatus(state)
  const tier = tiers.find((known) => known === row.tier) ?? null
  const isAccepted = row.pinnedById !== null
  const offered = offeredHash(state)
  const allowedIn = environments.flatMap((environment) => {
    const found = allowances.find(
      (allowance) =>
        allowance.tenantId === row.tenantId &&
        allowance.environment === environment &&
        allowance.server === row.server &&
        allowance.name === row.name,
    )
    return found === undefined ? [] : [{ environment, patchPaths: found.patchPaths }]
  })

  return {
    tenantId: row.tenantId,
    server: row.server,
    name: row.name,
    version: row.version,
    status,
    tier,
    definitionHash: isAccepted ? row.definitionHash : null,
    acceptedBy:
      row.pinnedById === null
        ? null
        : { personId: row.pinnedById, name: names.get(row.pinnedById) ?? "Nobody we know" },
    acceptedAt: isAccepted ? row.pinnedAt.toISOString() : null,
    offeredHash: offered,
    offeredAt: offered === null ? null : (row.proposedAt ?? row.pinnedAt).toISOString(),
    allowedIn,
    next: nextOf(status, allowedIn.length > 0),
  }
}

export function stateOf(row: ToolRow): ToolState {
  return { ...row, status: row.status === "active" ? "active" : "suspended" }
}

function nextOf(status: ToolView["status"], isAllowed: boolean): ToolView["next"] {
  if (status === "waiting")
    return { code: "accept", message: "A person has to read this definition and accept it with a tier." }
  if (status === "suspended")
    return { code: "activate", message: "It was suspended; a person has to activate it again." }
  return isAllowed
    ? null
    : { code: "allow", message: "A person has to allow it in the environments where it may be used." }
}
