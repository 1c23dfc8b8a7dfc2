import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors, jwtVerify } from "jose"
import type { JSONWebKeySet, JWTVerifyGetKey } from "jose"
import { canonicalize, type JsonValue } from "./canonical.ts"
import type { Tier } from "./answers.ts"
import type { ToolIdentity } from "./envelope.ts"
import { GuardError } from "./guard-error.ts"
import { permitTerms, type PermitTerms } from "./permit-terms.ts"

export type PermitOptions = Readonly<{
  /** The server's public origin, which permits name as their issuer. */
  issuer: string
  /** This MCP server's name, which permits name as their audience. */
  audience: string
  /** Public keys known beforehand; without them `<origin>/.well-known/jwks.json` is asked. */
  keys?: JSONWebKeySet
  origin: string
  fetch?: typeof globalThis.fetch
}>

/** What a permit must say, word for word, to be a permit for this execution. */
export type ExpectedPermit = Readonly<{
  executionId: string
  tenantId: string
  runId: string
  tool: ToolIdentity
  inputDigest: string
  changeHash: string | null
  approvalId: string | null
  /** The tool's tier as the run listed it; null when it did not. */
  tier: Tier | null
  /** Whether the call was asked for as a dry run. */
  dryRun?: boolean
}>

export type Permit = PermitTerms &
  Readonly<{
    executionId: string
    decision: "allow" | "approved"
    voters: readonly string[]
    policyVersion: number | null
  }>

/** Checks permits offline (SPEC 4.2.5), each of them once. */
export type PermitVerifier = Readonly<{
  /** Fetches the keys if need be, so that nothing is spent on a permit that could not be checked. */
  ready: () => Promise<void>
  /** @throws GuardError `permit_refused` for anything but the one permit that fits */
  verify: (permit: string, expected: ExpectedPermit) => Promise<Permit>
}>

/** A verifier that remembers, for as long as they live, the permits it has accepted. */
export function createPermitVerifier(options: PermitOptions): PermitVerifier {
  const { keys, ready } = keySource(options)
  const seen = new Map<string, number>()

  return {
    ready,
    verify: async (permit, expected) => {
      const claims = await verified(permit, keys, options)
      assertLifetime(claims)
      assertSays(claims, expected)
      const terms = permitTerms(claims)
      assertTermsAllow(terms, expected)
      rememberOnce(seen, expected.executionId, Number(claims.exp))
      return permitOf(claims, terms, expected)
    },
  }
}

type Claims = Readonly<Record<string, unknown>>
type KeySource = Readonly<{ keys: JWTVerifyGetKey; ready: () => Promise<void> }>

/** SPEC 4.2.5: a permit lives at most this long. */
const lifetimeSecondsMax = 60
/** Two clocks, this one and the server's, may differ by this much. */
const clockToleranceSeconds = 5

function keySource({ keys, origin, fetch }: PermitOptions): KeySource {
  if (keys !== undefined) return { keys: createLocalJWKSet(keys), ready: () => Promise.resolve() }

  // An unknown key id makes it fetch again, but not more often than twice a minute.
  const remote = createRemoteJWKSet(new URL("/.well-known/jwks.json", origin), {
    cooldownDuration: 30_000,
    ...(fetch === undefined ? {} : { [customFetch]: (url, init) => fetch(url, init) }),
  })
  const ready = async () => {
    if (remote.fresh) return
    await remote.reload().catch(() => {
      throw keysUnreachable()
    })
  }
  return { keys: remote, ready }
}

async function verified(permit: string, keys: JWTVerifyGetKey, options: PermitOptions): Promise<Claims> {
  try {
    const { payload, protectedHeader } = await jwtVerify(permit, keys, {
      algorithms: ["EdDSA"],
      issuer: options.issuer,
      audience: options.audience,
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ["iss", "aud", "jti", "iat", "exp"],
    })
    if (typeof protectedHeader.kid !== "string") throw refused("it names no key")
    return payload
  } catch (error) {
    if (error instanceof GuardError) throw error
    if (error instanceof errors.JOSEError && !aboutFetching.has(error.code)) throw refused(error.code)
    throw keysUnreachable()
  }
}

/** What jose says when the keys' address answered late or with an error: no verdict on the permit. */
const aboutFetching: ReadonlySet<string> = new Set(["ERR_JWKS_TIMEOUT", "ERR_JOSE_GENERIC"])

function keysUnreachable(): GuardError {
  return new GuardError("unreachable", "The keys that permits are signed with cannot be fetched.")
}

function permitOf(claims: Claims, terms: PermitTerms, expected: ExpectedPermit): Permit {
  return {
    ...terms,
    executionId: expected.executionId,
    decision: expected.approvalId === null ? "allow" : "approved",
    voters: Array.isArray(claims.voters) ? claims.voters.filter((voter) => typeof voter === "string") : [],
    policyVersion: typeof claims.policyVersion === "number" ? claims.policyVersion : null,
  }
}

function assertLifetime(claims: Claims): void {
  const issued = Number(claims.iat)
  if (Number(claims.exp) > issued + lifetimeSecondsMax) throw refused("it lives too long")
  if (issued > Date.now() / 1000 + clockToleranceSeconds) throw refused("it is from the future")
}

function assertSays(claims: Claims, expected: ExpectedPermit): void {
  const { server, name, version, definition } = expected.tool
  const fitting: Record<string, JsonValue | undefined> = {
    jti: expected.executionId,
    aud: server,
    tenantId: expected.tenantId,
    runId: expected.runId,
    tool: { server, name, version, definition },
    inputDigest: expected.inputDigest,
    decision: expected.approvalId === null ? "allow" : "approved",
    changeHash: expected.changeHash ?? undefined,
    approvalId: expected.approvalId ?? undefined,
  }
  for (const [claim, value] of Object.entries(fitting)) {
    if (!isSame(claims[claim], value)) throw refused(`its ${claim} is another`)
  }
}

/** An irreversible tool needs a person's decision, or a named reason why it does not. */
function assertTermsAllow({ exemption, dryRun }: PermitTerms, expected: ExpectedPermit): void {
  if (expected.dryRun === true && !dryRun) throw refused("it is not for a dry run")
  if (exemption?.kind === "subcommand" && expected.tier !== "T3_EXECUTE")
    throw refused("only a tool that executes has subcommands")
  if (expected.approvalId !== null || exemption !== null) return
  if (expected.tier === "T0_READ" || expected.tier === "T1_REVERSIBLE_WRITE") return
  throw refused("its tier needs an approval and it names none")
}

function rememberOnce(seen: Map<string, number>, jti: string, exp: number): void {
  const now = Date.now() / 1000
  for (const [old, until] of seen) if (until < now) seen.delete(old)
  if (seen.has(jti)) throw refused("it was used before")
  seen.set(jti, exp + clockToleranceSeconds)
}

function isSame(claim: unknown, value: JsonValue | undefined): boolean {
  // Absent and null are the same here: a permit for a call without a change may say either.
  if (claim === undefined || claim === null || value === undefined) return (claim ?? undefined) === value
  return canonicalize(claim as JsonValue) === canonicalize(value)
}

function refused(why: string): GuardError {
  return new GuardError("permit_refused", `The permit is refused: ${why}.`)
}
