import type { Tier } from "./answers.ts"
import { GuardError } from "./guard-error.ts"

/** How what a tool of T3 starts is confined: it reaches nothing, or only the permit's `egress`. */
export type Sandbox = Readonly<{ network: "none" | "egress" }>

/** What a tool is asked to confirm before anything is started. */
export type Confinement = Sandbox & Readonly<{ egress: readonly string[]; timeoutSeconds: number | null }>

/** Says whether what `apply` starts will be confined so; anything but true is no. */
export type Confine = (wanted: Confinement) => Promise<boolean> | boolean

/** Nobody is asked about what could not be started anyway. */
export function assertMayConfine(tier: Tier | null, confine: Confine | undefined): void {
  if (tier === "T3_EXECUTE" && confine === undefined) throw unconfined("it does not say that it can")
}

/** @throws GuardError `sandbox_required` unless the tool confirms what the permit demands */
export async function assertConfined(
  {
    sandbox,
    ...terms
  }: Readonly<{
    sandbox: Sandbox | null
    egress: readonly string[]
    timeoutSeconds: number | null
  }>,
  confine: Confine | undefined,
): Promise<void> {
  if (sandbox === null) return
  if (confine === undefined) throw unconfined("it does not say that it can")
  const { egress, timeoutSeconds } = terms
  const answer: unknown = await confine({ ...sandbox, egress, timeoutSeconds })
  if (answer !== true) throw unconfined("it says that it cannot")
}

function unconfined(why: string): GuardError {
  return new GuardError("sandbox_required", `A tool of tier T3 runs only in a sandbox, and ${why}.`)
}
