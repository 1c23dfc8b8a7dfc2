import { ChangeError } from "./change-error.ts"
import type { State } from "./content.ts"
import { assertDigest, assertMembers } from "./envelope-members.ts"
import { assertParts } from "./envelope-parts.ts"
import { labelledHash } from "./hashes.ts"
import { assertName, assertVersion } from "./names.ts"
import type { PartKind, PartOp } from "./part-kinds.ts"

/** A registered tool; `definition` is its tool hash. */
export type ToolIdentity = { server: string; name: string; version: string; definition: string }

export type EnvelopePart = {
  kind: PartKind
  op: PartOp
  target: { [name: string]: string }
  before: State
  after: State
}

/** Exactly what a decision is bound to (SPEC 2.2); contents by digest, order significant. */
export type Envelope = {
  v: 1
  tenantId: string
  runId: string
  tool: ToolIdentity
  /** SHA-256 hex of the canonical input. */
  input: string
  parts: EnvelopePart[]
}

/**
 * What people decide about: `SHA-256("deltaseal/change/v1" || 0x00 || JCS(envelope))`.
 *
 * @throws ChangeError when the envelope breaks SPEC 2.2, since a hash of one would promise something
 */
export function changeHash(envelope: Envelope): string {
  return labelledHash("deltaseal/change/v1", assertEnvelope(envelope))
}

/**
 * Checks an envelope of any kind against SPEC 2.1, 2.2 and 2.4 and returns it.
 *
 * @throws ChangeError with the narrowest code and a JSON Pointer
 */
export function assertEnvelope(value: unknown): Envelope {
  assertMembers(value, "", ["v", "tenantId", "runId", "tool", "input", "parts"])
  if (value.v !== 1) throw new ChangeError("invalid_envelope", "The envelope version is not 1.", "/v")
  assertName(value.tenantId, "/tenantId")
  assertName(value.runId, "/runId")
  assertTool(value.tool)
  assertDigest(value.input, "/input")
  assertParts(value.parts)
  return value as Envelope
}

function assertTool(tool: unknown): void {
  assertMembers(tool, "/tool", ["server", "name", "version", "definition"])
  assertName(tool.server, "/tool/server")
  assertName(tool.name, "/tool/name")
  assertVersion(tool.version, "/tool/version")
  assertDigest(tool.definition, "/tool/definition")
}
