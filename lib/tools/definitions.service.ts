import { parseStrictJson, type JsonValue } from "@deltaseal/guard/change"
import { AppError } from "@/lib/errors/app-error"
import { compileInputSchema, type InputSchema } from "./input-schema"
import { findDefinition } from "./tools.repo"

/** Compiled schemas by definition hash. The hash names the content, so nothing here can go stale. */
const compiled = new Map<string, InputSchema>()
const compiledMax = 1_000

/**
 * The input schema of a pinned definition, compiled once per process.
 *
 * @throws AppError `unsupported_schema` or `internal`: the caller then refuses the call
 */
export async function inputSchemaOf(tenantId: string, definitionHash: string): Promise<InputSchema> {
  const known = compiled.get(definitionHash)
  if (known !== undefined) return known

  const bytes = await findDefinition(tenantId, definitionHash)
  if (bytes === null) throw new AppError("internal", "A registered definition has no content.")
  const schema = compileInputSchema(inputSchemaIn(bytes))
  if (compiled.size >= compiledMax) compiled.clear()
  compiled.set(definitionHash, schema)

  return schema
}

/** The `inputSchema` of a definition. A definition without one takes no input. */
export function inputSchemaIn(definition: Uint8Array): JsonValue {
  const value = parseStrictJson(definition)
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AppError("internal", "A registered definition is not an object.")
  }

  return value["inputSchema"] ?? { type: "object", additionalProperties: false }
}
