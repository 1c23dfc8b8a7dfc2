import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { administers, hasOtherAdministrator } from "./administrators.repo"

/** Whether there is a second person in the tenant who could decide what this one proposes. */
export async function hasSecondPerson(db: TenantDb, personId: string): Promise<boolean> {
  return hasOtherAdministrator(db, db.tenantId, personId)
}

/** @throws AppError `forbidden` when the person's part ended after their request began */
export async function requireAdministering(db: TenantDb, personId: string): Promise<void> {
  if (!(await administers(db, db.tenantId, personId))) throw new AppError("forbidden")
}
