import type { PersonActor } from "@/lib/access/actor"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { command, partyOf } from "@/lib/operations/command"
import { toolSubject } from "@/lib/stops/stop"
import { assertToolNotStopped, cancelUnder } from "@/lib/stops/stops.service"
import { supersede, lockRules } from "@/lib/policies/proposing.service"
import {
  activateTool,
  lockTool,
  pinOffered,
  setTier,
  suspendTool,
  tierOfOtherVersion,
  type ManagedTool,
} from "./managed-tools.repo"
import { proposeTier } from "./propose-tier.service"
import { isLoosened, isLowered, offeredHash, type Tier, type ToolRef } from "./tool"
import type { AcceptBody, ToolChangeBody, ToolView } from "./tool.schema"
import { toolEvent } from "./tool-event"
import { toolView } from "./tools.queries"

/**
 * Accepts exactly the definition that a person was shown, with its tier. What
 * was approved under another one is stale when it is spent. A tier that asks
 * for less than the one before waits for a second person (SPEC 3.2); until
 * then the one before holds.
 *
 * @throws AppError `not_found`, `definition_changed`, `already_accepted`, `tool_stopped`
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
    await lockRules(db)
    const tool = await findTool(db, ref)
    const offered = offeredHash(tool)
    if (offered === null && definitionHash === tool.definitionHash) throw new AppError("already_accepted")
    if (offered !== definitionHash) throw new AppError("definition_changed")
    await assertToolNotStopped(db, ref)

    // Another version under a lower tier is the same loosening by another name.
    const known = tool.tier ?? (await tierOfOtherVersion(db, ref))
    const isHeld = known !== null && isLoosened(known, tier)
    const held = isHeld ? known : tier
    await pinOffered(db, ref, { tier: held, acceptedById: partyOf(actor).id })

    const before = tool.pinnedById === null ? null : tool.definitionHash
    const accepted = toolEvent("tool.accepted", db.tenantId, ref, {
      plain: { tier: held, tierBefore: tool.tier, isLowered: isLowered(tool.tier, held) },
      secret: { definition: definitionHash, before },
    })
    const overtaken = await supersede(db, { kind: "tier", subject: { ...ref } })
    const proposed = isHeld
      ? [await proposeTier(db, ref, { actor, from: { tier: held, definitionHash }, to: tier })]
      : []
    return { value: null, events: [accepted, ...overtaken, ...proposed] }
  },
)

/**
 * Gives an accepted tool another tier, suspends it with what is open under it,
 * or makes its accepted definition usable again, which drops what was proposed
 * since.
 *
 * @throws AppError `not_found`, `not_accepted`, `tool_stopped`, `conflict` when it is so already
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

const changeTier = command(
  "tool:manage",
  async ({ actor, db }, { ref, tier }: Readonly<{ ref: ToolRef; tier: Tier }>) => {
    await lockRules(db)
    const tool = await findAccepted(db, ref)
    if (tool.tier === tier) throw new AppError("conflict", "The tool has this tier already.")
    if (isLoosened(tool.tier, tier)) {
      return { value: null, events: [await proposeTier(db, ref, { actor, from: tool, to: tier })] }
    }

    await setTier(db, ref, tier)
    const plain = { tier, tierBefore: tool.tier, isLowered: isLowered(tool.tier, tier) }
    const changed = toolEvent("tool.changed", db.tenantId, ref, { plain })
    return { value: null, events: [changed, ...(await supersede(db, { kind: "tier", subject: { ...ref } }))] }
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

async function findTool(db: TenantDb, ref: ToolRef): Promise<ManagedTool> {
  const tool = await lockTool(db, ref)
  if (tool === null) throw new AppError("not_found")

  return tool
}

async function findAccepted(db: TenantDb, ref: ToolRef): Promise<ManagedTool & Readonly<{ tier: Tier }>> {
  const tool = await findTool(db, ref)
  const { tier } = tool
  if (tool.pinnedById === null || tier === null) throw new AppError("not_accepted")

  return { ...tool, tier }
}
