import { createHash } from "node:crypto"
import { canonicalize, type JsonObject, type JsonValue } from "./canonical.ts"

/** A tool as its MCP server lists it. Only the members named here are hashed; others may come and go. */
export type ToolDefinition = {
  name: string
  title?: string
  description?: string
  inputSchema?: JsonObject
  outputSchema?: JsonObject
  annotations?: JsonObject
}

/** SHA-256 in lower-case hex; a string is hashed as its UTF-8 bytes. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex")
}

/** The hash a tool is pinned by (SPEC 2.2). */
export function toolHash(definition: ToolDefinition): string {
  return labelledHash("deltaseal/tool/v1", pinnedDefinition(definition))
}

/** The members of a definition that its hash covers, which are those that people accept. */
export function pinnedDefinition(definition: ToolDefinition): JsonObject {
  const pinned: JsonObject = {}
  for (const name of pinnedMembers) {
    const member = definition[name]
    if (member !== undefined) pinned[name] = member
  }
  return pinned
}

/** A salted commitment of the audit log: the value can be erased and the log still verifies (SPEC 5.1). */
export function commitment(field: Readonly<{ name: string; salt: string; value: JsonValue }>): string {
  return labelledHash("deltaseal/commit/v1", { name: field.name, salt: field.salt, value: field.value })
}

/** What the items of a plan are decided on together: the hash of their changes, in their order. */
export function planHash(plan: PlannedChanges): string {
  const { tenantId, runId, changeHashes } = plan
  return labelledHash("deltaseal/plan/v1", { v: 1, tenantId, runId, changeHashes: [...changeHashes] })
}

export type PlannedChanges = Readonly<{ tenantId: string; runId: string; changeHashes: readonly string[] }>

/** `SHA-256(label || 0x00 || JCS(value))`: the label keeps a hash of one purpose from standing in for another. */
export function labelledHash(label: HashLabel, value: JsonValue): string {
  return sha256Hex(`${label}\0${canonicalize(value)}`)
}

type HashLabel =
  | "deltaseal/change/v1"
  | "deltaseal/tool/v1"
  | "deltaseal/commit/v1"
  | "deltaseal/webauthn/v1"
  | "deltaseal/plan/v1"

const pinnedMembers = [
  "name",
  "title",
  "description",
  "inputSchema",
  "outputSchema",
  "annotations",
] as const satisfies readonly (keyof ToolDefinition)[]
