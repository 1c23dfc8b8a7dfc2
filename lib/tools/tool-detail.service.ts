import { sha256Hex } from "@deltaseal/guard/change"
import type { PersonActor } from "@/lib/access/actor"
import type { FileSide } from "@/lib/changes/file-diff"
import { diffPool } from "@/lib/changes/shared-diff-pool"
import { printDefinition } from "./definition"
import type { ToolRef } from "./tool"
import { toolRecord, type ToolRecord } from "./tool-detail.queries"
import type { ToolDetail } from "./tool.schema"

/** Steps after which a definition's diff is given up and shown as a whole replacement. */
const workMax = 10_000_000

/**
 * A tool with its definition, what is offered in its place, and the difference
 * between the two, computed from what is stored.
 *
 * @throws AppError `not_found`
 */
export async function toolDetail(actor: PersonActor, tenantId: string, ref: ToolRef): Promise<ToolDetail> {
  const { view, accepted, offered, base, offeredBy, hints, openApprovals } = await toolRecord(
    actor,
    tenantId,
    ref,
  )

  return {
    ...view,
    accepted: accepted && printed(accepted),
    offered: offered && printed(offered),
    offeredBy: offered && offeredBy,
    diff: offered && (await diffOf(ref.name, base, offered.bytes)),
    hints,
    openApprovals,
  }
}

async function diffOf(
  name: string,
  base: ToolRecord["base"],
  offered: Uint8Array,
): Promise<ToolDetail["diff"]> {
  const before = base && sideOf(base.bytes)
  const { text, added, removed, hiddenCharacters, flags } = await diffPool().diff({
    path: `${name}.json`,
    before,
    after: sideOf(offered),
    workMax,
  })

  return {
    against: base?.version ?? null,
    preview: text,
    added,
    removed,
    hiddenCharacters,
    flags: [...flags],
  }
}

function printed({ hash, bytes }: Readonly<{ hash: string; bytes: Uint8Array }>) {
  return { hash, text: printDefinition(bytes) }
}

function sideOf(definition: Uint8Array): FileSide {
  const bytes = new TextEncoder().encode(printDefinition(definition))

  return { bytes, digest: sha256Hex(bytes), mode: "100644" }
}
