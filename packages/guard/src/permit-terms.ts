import { isPlainObject } from "./canonical.ts"
import { GuardError } from "./guard-error.ts"
import type { Sandbox } from "./sandbox.ts"

/** Why nobody had to be asked: a rule of the policy, a grant, an approved plan, a parameterised subcommand. */
export type Exemption = Readonly<
  | { kind: "policy"; rule: string }
  | { kind: "grant"; grantId: string }
  | { kind: "plan"; planId: string }
  | { kind: "subcommand"; name: string }
>

/** What a permit says of how its call may be carried out. */
export type PermitTerms = Readonly<{
  exemption: Exemption | null
  /** Only the motions: the world stays as it is. */
  dryRun: boolean
  /** Origins that policy lets this call reach; empty where no rule names any. */
  egress: readonly string[]
  /** How what the call starts is confined; null where nothing of the kind is demanded. */
  sandbox: Sandbox | null
  /** How long the tool may take; null where policy does not say. */
  timeoutSeconds: number | null
  /** How much it may answer; null where policy does not say. */
  outputBytes: number | null
}>

/** @throws GuardError `permit_refused` for terms that this guard cannot read: it would not keep them */
export function permitTerms(claims: Readonly<Record<string, unknown>>): PermitTerms {
  const { exemption, dryRun, egress, timeoutSeconds, outputBytes } = claims
  if (!isAbsent(dryRun) && typeof dryRun !== "boolean") throw unreadable("dryRun")
  if (!isAbsent(egress) && !isTextList(egress)) throw unreadable("egress")
  return {
    exemption: isAbsent(exemption) ? null : exemptionOf(exemption),
    dryRun: dryRun === true,
    egress: isAbsent(egress) ? [] : Object.freeze([...egress]),
    sandbox: sandboxOf(claims),
    timeoutSeconds: isAbsent(timeoutSeconds) ? null : countIn(timeoutSeconds, "timeoutSeconds", 1),
    outputBytes: isAbsent(outputBytes) ? null : countIn(outputBytes, "outputBytes", 0),
  }
}

function sandboxOf({ sandbox, network }: Readonly<Record<string, unknown>>): Sandbox | null {
  if (isAbsent(sandbox) || sandbox === false) return null
  if (sandbox !== true) throw unreadable("sandbox")
  if (network !== "none" && network !== "egress") throw unreadable("network")
  return { network }
}

function countIn(value: unknown, claim: string, least: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value
  throw unreadable(claim)
}

function exemptionOf(claim: unknown): Exemption {
  if (!isPlainObject(claim)) throw unreadable("exemption")
  switch (claim.kind) {
    case "policy":
      return { kind: "policy", rule: nameIn(claim.rule) }
    case "grant":
      return { kind: "grant", grantId: nameIn(claim.grantId) }
    case "plan":
      return { kind: "plan", planId: nameIn(claim.planId) }
    case "subcommand":
      return { kind: "subcommand", name: nameIn(claim.name) }
    default:
      throw unreadable("exemption")
  }
}

/** An exemption that names nothing exempts from nothing. */
function nameIn(value: unknown): string {
  if (typeof value === "string" && /^[A-Za-z0-9_.-]{1,128}$/.test(value)) return value
  throw unreadable("exemption")
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string")
}

function unreadable(claim: string): GuardError {
  return new GuardError("permit_refused", `The permit is refused: its ${claim} is not one we know.`)
}
