import type { PersonActor } from "@/lib/access/actor"
import { authorise } from "@/lib/operations/command"
import { catchUp } from "./due-proposals.service"
import type { ProposalList, ProposalView } from "./proposal.schema"
import { listProposals, proposalView, type ProposalFilter } from "./proposals.queries"

/** A tenant's proposals, once what is due by now has taken effect. */
export async function readProposals(
  actor: PersonActor,
  tenantId: string,
  filter: ProposalFilter,
): Promise<ProposalList> {
  authorise(actor, "policy:read", tenantId)
  await catchUp(tenantId)

  return listProposals(actor, tenantId, filter)
}

/** @throws AppError `not_found` */
export async function readProposal(
  actor: PersonActor,
  tenantId: string,
  proposalId: string,
): Promise<ProposalView> {
  authorise(actor, "policy:read", tenantId)
  await catchUp(tenantId)

  return proposalView(actor, tenantId, proposalId)
}
