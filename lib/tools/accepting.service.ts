import type { PersonActor } from "@/lib/access/actor"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { command, partyOf } from "@/lib/operations/command"
import { toolSubject } from "@/lib/stops/stop"
import { assertToolNotStopped, cancelUnder } from "@/lib/stops/stops.service"
import {
  activateTool,
  deleteAllowance,
  lockTool,
  pinOffered,
  saveAllowance,
  setTier,
  suspendTool,
  type ManagedTool,
  type Place,
} from "./managed-tools.repo"
import { assertPatchPaths } from "./allowance"
import { isLowered, offeredHash, type Tier, type ToolRef } from "./tool"
import type { AcceptBody, AllowanceView, ToolChangeBody, ToolView } from "./tool.schema"
import { toolEvent } from "./tool-event"
import { toolView } from "./tools.queries"

/**
 * Accepts exactly the definition that a person was shown, with its tier. What
 * was approved under another one is stale when it is spent.
 *
 * @throws AppError `not_found`, `definition_changed`, `already_accepted`
 */
export async function acceptTool(
  actor: PersonActor,
  tenantId: string,
  input: ToolRef & AcceptBody,
): Promise<ToolView> {
  await pin(actor, tenantId, input)

  return toolView(actor, tenantId, input)
}

const pin = command(
  "tool:manage",
  async ({ actor, db }, { tier, definitionHash, ...ref }: ToolRef & AcceptBody) => {
    const tool = await findTool(db, ref)
    const offered = offeredHash(tool)
    if (offered === null && definitionHash === tool.definitionHash) throw new AppError("already_accepted")
    if (offered !== definitionHash) throw new AppError("definition_changed")
    await assertToolNotStopped(db, ref)
    await pinOffered(db, ref, { tier, acceptedById: partyOf(actor).id })

    const before = tool.pinnedById === null ? null : tool.definitionHash
    return {
      value: null,
      events: [
        toolEvent("tool.accepted", db.tenantId, ref, {
          plain: { tier, tierBefore: tool.tier, isLowered: isLowered(tool.tier, tier) },
          secret: { definition: definitionHash, before },
        }),
      ],
    }
  },
)

/**
 * Gives an accepted tool another tier, suspends it, or makes its accepted
 * definition usable again, which drops what was proposed since.
 *
 * @throws AppError `not_found`, `not_accepted`, `conflict` when it is so already
 */
export async function changeTool(
  actor: PersonActor,
  tenantId: string,
  { change, ...ref }: ToolRef & Readonly<{ change: ToolChangeBody }>,
): Promise<ToolView> {
  if ("tier" in change) await changeTier(actor, tenantId, { ref, tier: change.tier })
  else if (change.status === "active") await activate(actor, tenantId, ref)
  else {
    await suspend(actor, tenantId, ref)
    await cancelUnder(tenantId, { scope: "tool", subject: toolSubject(ref) }, partyOf(actor))
  }

  return toolView(actor, tenantId, ref)
}

// Lowering T2 to T4 will need a second person (SPEC 3.2); until then the leaf says who did it alone.
const changeTier = command(
  "tool:manage",
  async ({ db }, { ref, tier }: Readonly<{ ref: ToolRef; tier: Tier }>) => {
    const tool = await findAccepted(db, ref)
    if (tool.tier === tier) throw new AppError("conflict", "The tool has this tier already.")
    await setTier(db, ref, tier)

    const plain = { tier, tierBefore: tool.tier, isLowered: isLowered(tool.tier, tier) }
    return { value: null, events: [toolEvent("tool.changed", db.tenantId, ref, { plain })] }
  },
)

const suspend = command("tool:manage", async ({ db }, ref: ToolRef) => {
  const tool = await findTool(db, ref)
  if (tool.status === "suspended") throw new AppError("conflict", "The tool is suspended already.")
  await suspendTool(db, ref)

  const plain = { because: "person" }
  return { value: null, events: [toolEvent("tool.suspended", db.tenantId, ref, { plain })] }
})

const activate = command("tool:manage", async ({ db }, ref: ToolRef) => {
  const tool = await findAccepted(db, ref)
  if (tool.status === "active") throw new AppError("conflict", "The tool is active already.")
  await assertToolNotStopped(db, ref)
  await activateTool(db, ref)

  return {
    value: null,
    events: [
      toolEvent("tool.changed", db.tenantId, ref, {
        plain: { status: "active" },
        secret: { definition: tool.definitionHash, dropped: tool.proposedHash },
      }),
    ],
  }
})

/**
 * Allows a tool in an environment of a tenant, every version of it that is accepted.
 *
 * @throws AppError `not_found` when no version is registered, `invalid_pointer`
 */
export const allowTool: (
  actor: PersonActor,
  tenantId: string,
  input: Place & Readonly<{ patchPaths: readonly string[] | null }>,
) => Promise<AllowanceView> = command(
  "tool:manage",
  async (
    { actor, db },
    { patchPaths, ...place }: Place & Readonly<{ patchPaths: readonly string[] | null }>,
  ) => {
    assertPatchPaths(patchPaths)
    const isKnown = await saveAllowance(db, place, { patchPaths, allowedById: partyOf(actor).id })
    if (!isKnown) throw new AppError("not_found")

    const plain = { environment: place.environment }
    const secret = { patchPaths: patchPaths === null ? null : JSON.stringify(patchPaths) }
    return {
      value: {
        tenantId: db.tenantId,
        ...place,
        patchPaths: patchPaths === null ? null : [...patchPaths],
        isAllowed: true,
      },
      events: [toolEvent("tool.allowed", db.tenantId, place, { plain, secret })],
    }
  },
)

/** @throws AppError `not_found` when it was not allowed */
export const disallowTool: (actor: PersonActor, tenantId: string, place: Place) => Promise<AllowanceView> =
  command("tool:manage", async ({ db }, place: Place) => {
    if (!(await deleteAllowance(db, place))) throw new AppError("not_found")

    const plain = { environment: place.environment }
    return {
      value: { tenantId: db.tenantId, ...place, patchPaths: null, isAllowed: false },
      events: [toolEvent("tool.disallowed", db.tenantId, place, { plain })],
    }
  })

async function findTool(db: TenantDb, ref: ToolRef): Promise<ManagedTool> {
  const tool = await lockTool(db, ref)
  if (tool === null) throw new AppError("not_found")

  return tool
}

async function findAccepted(db: TenantDb, ref: ToolRef): Promise<ManagedTool> {
  const tool = await findTool(db, ref)
  if (tool.pinnedById === null || tool.tier === null) throw new AppError("not_accepted")

  return tool
}
