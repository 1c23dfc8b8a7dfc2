import { inTenant } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { compilePolicy, type CompiledPolicy } from "./compile-policy"
import { findPolicy } from "./policies.repo"
import { builtInPolicy } from "./policy"
import { builtInVersion, openCompiled } from "./stored-policy.service"

/** Compiled policies by tenant and version. A version never changes, so nothing here can go stale. */
const compiled = new Map<string, CompiledPolicy>()
const compiledMax = 1_000

let builtIn: CompiledPolicy | undefined

/**
 * A version of a tenant's policy, ready to be asked; compiled once per process.
 * Which version is in force is the caller's to know.
 *
 * @throws AppError `policy_unavailable` when it is missing, not what was published, or from a newer version of ours;
 * `unavailable` when the database is: the caller then refuses the call
 */
export async function policyInForce(tenantId: string, version: number): Promise<CompiledPolicy> {
  if (version === builtInVersion) return (builtIn ??= compilePolicy(builtInPolicy))

  const key = `${tenantId}/${version}`
  const known = compiled.get(key)
  if (known !== undefined) return known

  const stored = await inTenant(tenantId, (db) => findPolicy(db, version))
  if (stored === null)
    throw new AppError("policy_unavailable", `Version ${version} of the policy is missing.`)
  const policy = openCompiled(stored)
  if (compiled.size >= compiledMax) compiled.clear()
  compiled.set(key, policy)

  return policy
}

/** Reads policies from the database again: for tests that break what is stored. */
export function forgetPolicies(): void {
  compiled.clear()
}
