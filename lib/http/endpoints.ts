import { approvalRoutes } from "@/lib/approvals/approvals.routes"
import { callRoutes } from "@/lib/calls/calls.routes"
import { executionRoutes } from "@/lib/executions/executions.routes"
import { keyRoutes } from "@/lib/keys/keys.routes"
import { sessionRoutes } from "@/lib/members/session.routes"
import { setupRoutes } from "@/lib/members/setup.routes"
import { runRoutes } from "@/lib/runs/runs.routes"
import { toolRoutes } from "@/lib/tools/tools.routes"
import type { Endpoint } from "./endpoint"

/** Every call of the REST API, in the order in which they are documented. */
export const endpoints: readonly Endpoint[] = [
  ...setupRoutes,
  ...sessionRoutes,
  ...runRoutes,
  ...callRoutes,
  ...approvalRoutes,
  ...executionRoutes,
  ...keyRoutes,
  ...toolRoutes,
]
