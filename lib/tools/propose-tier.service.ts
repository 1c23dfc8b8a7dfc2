import type { Actor } from "@/lib/access/actor"
import type { AuditEvent } from "@/lib/audit/audit-event"
import type { TenantDb } from "@/lib/db/tenant-db"
import { partyOf } from "@/lib/operations/command"
import { propose } from "@/lib/policies/proposing.service"
import { tierDefaults, type Tier, type ToolRef } from "./tool"

type Lowering = Readonly<{
  actor: Actor
  from: Readonly<{ tier: Tier; definitionHash: string }>
  to: Tier
}>

/** Keeps a lower tier for a second person; the one that is holds until then. */
export async function proposeTier(
  db: TenantDb,
  { server, name, version }: ToolRef,
  { actor, from: { tier, definitionHash }, to }: Lowering,
): Promise<AuditEvent> {
  const { event } = await propose(db, {
    kind: "tier",
    subject: { server, name, version },
    before: { tier, definitionHash },
    after: { tier: to, definitionHash },
    personId: partyOf(actor).id,
    note: "",
    loosens: [sentenceOf(`${server}/${name} ${version}`, tier, to)],
  })

  return event
}

function sentenceOf(tool: string, from: Tier, to: Tier): string {
  const { approvers, changeRequired } = tierDefaults(to)
  const asks = changeRequired
    ? "It has to say what it changes, and"
    : "It does not even say what it changes, and"
  const then =
    approvers === 0 ? `${asks} nobody is asked.` : "One reviewer is still asked where no rule says otherwise."

  return `The tier of ${tool} goes from ${from} to ${to}. ${then}`
}
