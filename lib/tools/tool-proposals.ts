import type { RuleProposal } from "@/prisma/generated/client"
import { environments, tiers, type ToolRef } from "./tool"
import type { ToolView } from "./tool.schema"
import type { Names } from "./tool-row"

type Waiting = ToolView["proposed"][number]

/** The open proposals about a tool: its tier, and what it may change where it is allowed. */
export function waitingFor(
  tool: ToolRef & Readonly<{ tenantId: string }>,
  proposals: readonly RuleProposal[],
  names: Names,
): Waiting[] {
  return proposals.flatMap((proposal) => {
    const subject = JSON.parse(proposal.subject) as Partial<Record<string, string>>
    const isAbout =
      proposal.tenantId === tool.tenantId &&
      subject["server"] === tool.server &&
      subject["name"] === tool.name &&
      (proposal.kind === "allowance" || subject["version"] === tool.version)
    return isAbout ? [toWaiting(proposal, subject, names)] : []
  })
}

function toWaiting(proposal: RuleProposal, subject: Partial<Record<string, string>>, names: Names): Waiting {
  const { proposalId, kind, proposedById, proposedAt, effectiveAt } = proposal
  const after = JSON.parse(new TextDecoder().decode(proposal.after)) as Partial<Record<string, unknown>>
  const { patchPaths } = after

  return {
    proposalId,
    kind: kind === "tier" ? "tier" : "allowance",
    tier: tiers.find((tier) => tier === after["tier"]) ?? null,
    environment: environments.find((environment) => environment === subject["environment"]) ?? null,
    patchPaths: Array.isArray(patchPaths) ? patchPaths.map(String) : null,
    proposedBy: { personId: proposedById, name: names.get(proposedById) ?? "Nobody we know" },
    proposedAt: proposedAt.toISOString(),
    takesEffectAt: effectiveAt?.toISOString() ?? null,
  }
}
