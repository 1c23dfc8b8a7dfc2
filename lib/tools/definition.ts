import {
  assertName,
  assertVersion,
  canonicalize,
  ChangeError,
  toolHash,
  type JsonObject,
  type JsonValue,
  type ToolDefinition,
} from "@deltaseal/guard/change"
import { AppError, type Reason } from "@/lib/errors/app-error"
import type { ToolRef } from "./tool"

/** A definition may have this many bytes in canonical form: a person has to read it. */
export const definitionBytesMax = 64 * 1024

/** A definition that was read, as it is stored and pinned. */
export type ReadDefinition = Readonly<{ bytes: Uint8Array; hash: string; inputSchema: JsonValue | undefined }>

const memberTypes = {
  name: "string",
  title: "string",
  description: "string",
  inputSchema: "object",
  outputSchema: "object",
  annotations: "object",
} as const satisfies Record<keyof ToolDefinition, "string" | "object">

/**
 * Reads a definition as it was registered. What is not hashed is not accepted
 * either, so members beyond those that the tool hash covers are refused.
 *
 * @throws AppError `invalid_definition`, `definition_too_large`
 */
export function readDefinition(value: JsonValue, toolName: string): ReadDefinition {
  const definition = assertDefinition(value, toolName)
  const bytes = new TextEncoder().encode(canonicalize(definition))
  if (bytes.byteLength > definitionBytesMax) {
    throw new AppError(
      "definition_too_large",
      `A definition has at most ${definitionBytesMax} bytes; this one has ${bytes.byteLength}.`,
    )
  }

  return {
    bytes,
    hash: toolHash(definition as unknown as ToolDefinition),
    inputSchema: definition["inputSchema"],
  }
}

/**
 * Names of dots alone are refused beyond what SPEC 2.4 refuses: in an address
 * they would lead somewhere else.
 *
 * @throws AppError `invalid_name`
 */
export function assertToolRef({ server, name, version }: ToolRef): void {
  for (const [member, text] of Object.entries({ server, name })) {
    check(() => assertName(text), `/${member}`)
    if (/^\.+$/.test(text)) throw invalidName("A name cannot be made of dots alone.", `/${member}`)
  }
  check(() => assertVersion(version), "/version")
}

/** A definition in canonical order, one member a line: what people read and what is compared. */
export function printDefinition(bytes: Uint8Array): string {
  return `${JSON.stringify(JSON.parse(new TextDecoder().decode(bytes)), null, 2)}\n`
}

function assertDefinition(value: JsonValue, toolName: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidDefinition([{ message: "A definition is a JSON object.", path: "" }])
  }
  const faults = Object.entries(value).flatMap(([member, given]) => {
    const type = Object.hasOwn(memberTypes, member)
      ? memberTypes[member as keyof typeof memberTypes]
      : undefined
    if (type === undefined) return [{ message: "It is not a member that is hashed.", path: `/${member}` }]
    return kindOf(given) === type ? [] : [{ message: `It is not ${articles[type]}.`, path: `/${member}` }]
  })
  if (faults.length > 0) throw invalidDefinition(faults)
  if (value["name"] !== toolName) {
    throw invalidDefinition([{ message: "The name is not the one in the path.", path: "/name" }])
  }

  return value
}

const articles = { string: "a string", object: "a JSON object" } as const

function kindOf(value: JsonValue): string {
  return Array.isArray(value) || value === null ? "other" : typeof value
}

function check(assert: () => void, path: string): void {
  try {
    assert()
  } catch (error) {
    if (!(error instanceof ChangeError)) throw error
    throw invalidName(error.message, path)
  }
}

function invalidName(message: string, path: string): AppError {
  return new AppError("invalid_name", undefined, { reasons: [{ code: "invalid_name", message, path }] })
}

function invalidDefinition(faults: readonly Omit<Reason, "code">[]): AppError {
  return new AppError("invalid_definition", undefined, {
    reasons: faults.slice(0, 20).map(({ message, path }) => ({
      code: "invalid_definition",
      message,
      path: `/definition${path ?? ""}`,
    })),
  })
}
