import { approvalRoutes } from "@/lib/approvals/approvals.routes"
import { jointVoteRoutes } from "@/lib/approvals/joint-votes.routes"
import { commentRoutes } from "@/lib/approvals/comments.routes"
import { breakGlassRoutes } from "@/lib/approvals/break-glass.routes"
import { stepUpRoutes } from "@/lib/approvals/step-up.routes"
import { attentionRoutes } from "@/lib/attention/attention.routes"
import { authenticatorRoutes } from "@/lib/authenticators/authenticators.routes"
import { recoveryRoutes } from "@/lib/authenticators/recoveries.routes"
import { callRoutes } from "@/lib/calls/calls.routes"
import { canaryRoutes } from "@/lib/canaries/canaries.routes"
import { partialRoutes } from "@/lib/derivations/partial.routes"
import { epochRoutes } from "@/lib/epochs/epochs.routes"
import { executionRoutes } from "@/lib/executions/executions.routes"
import { grantRoutes } from "@/lib/grants/grants.routes"
import { keyRoutes } from "@/lib/keys/keys.routes"
import { accountRoutes } from "@/lib/members/account.routes"
import { invitationRoutes } from "@/lib/members/invitations.routes"
import { memberRoutes } from "@/lib/members/members.routes"
import { sessionRoutes } from "@/lib/members/session.routes"
import { setupRoutes } from "@/lib/members/setup.routes"
import { planRoutes } from "@/lib/plans/plans.routes"
import { packRoutes } from "@/lib/policies/packs.routes"
import { policyRoutes } from "@/lib/policies/policies.routes"
import { proposalRoutes } from "@/lib/policies/proposals.routes"
import { rolloutRoutes } from "@/lib/policies/rollouts.routes"
import { runRoutes } from "@/lib/runs/runs.routes"
import { replayRoutes } from "@/lib/simulations/replays.routes"
import { simulationRoutes } from "@/lib/simulations/simulations.routes"
import { standInRoutes } from "@/lib/stand-ins/stand-ins.routes"
import { stopRoutes } from "@/lib/stops/stops.routes"
import { breakGlassSwitchRoutes } from "@/lib/tenants/break-glass-switch.routes"
import { tenantRoutes } from "@/lib/tenants/tenants.routes"
import { toolRoutes } from "@/lib/tools/tools.routes"
import type { Endpoint } from "./endpoint"

/** Every call of the REST API, in the order in which they are documented. */
export const endpoints: readonly Endpoint[] = [
  ...setupRoutes,
  ...sessionRoutes,
  ...accountRoutes,
  ...authenticatorRoutes,
  ...recoveryRoutes,
  ...standInRoutes,
  ...tenantRoutes,
  ...breakGlassSwitchRoutes,
  ...memberRoutes,
  ...invitationRoutes,
  ...runRoutes,
  ...callRoutes,
  ...replayRoutes,
  ...approvalRoutes,
  ...jointVoteRoutes,
  ...attentionRoutes,
  ...canaryRoutes,
  ...planRoutes,
  ...commentRoutes,
  ...stepUpRoutes,
  ...breakGlassRoutes,
  ...partialRoutes,
  ...executionRoutes,
  ...keyRoutes,
  ...toolRoutes,
  // Before the versions, whose path would take their name for a number.
  ...simulationRoutes,
  ...policyRoutes,
  ...proposalRoutes,
  ...packRoutes,
  ...rolloutRoutes,
  ...grantRoutes,
  ...stopRoutes,
  ...epochRoutes,
]
