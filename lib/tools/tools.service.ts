import type { TenantDb } from "@/lib/db/tenant-db"
import type { Environment } from "./tool"
import { findUsableTools, type UsableTool } from "./tools.repo"

/** The tools that may be used in an environment, for a run that is being opened or read. */
export async function usableTools(db: TenantDb, environment: Environment): Promise<readonly UsableTool[]> {
  return findUsableTools(db, environment)
}
