import type { JsonValue } from "@deltaseal/guard/change"
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js"
import { RE2JS } from "re2js"
import { AppError, type Reason } from "@/lib/errors/app-error"

/** A tool's input schema, compiled: what is wrong with an input, and which members it marks. */
export type InputSchema = Readonly<{
  check: (input: JsonValue) => Reason[]
  /** JSON Pointers into an input of members marked with this keyword. */
  marked: (input: JsonValue, keyword: "x-tenant-id" | "x-sensitive") => Set<string>
}>

/** How many reasons an agent gets at once; it fixes those and asks again. */
const reasonsMax = 20

/**
 * Compiles a JSON Schema (2020-12): no remote references, no data references,
 * patterns on a linear-time engine.
 *
 * @throws AppError `unsupported_schema` when the schema cannot be enforced exactly
 */
export function compileInputSchema(schema: JsonValue): InputSchema {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    throw new AppError("unsupported_schema", "An input schema is a JSON object.")
  }

  const validate = compile(schema)
  return {
    check: (input) => (validate(input) ? [] : reasonsFrom(validate.errors ?? [])),
    marked: (input, keyword) => markedMembers(schema, input, keyword),
  }
}

function compile(schema: object): ValidateFunction {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    allErrors: true,
    validateFormats: false,
    ownProperties: true,
    code: { regExp: linearRegExp },
  })
  ajv.addVocabulary(["x-tenant-id", "x-sensitive"])
  try {
    return ajv.compile(schema)
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : "it does not compile"
    throw new AppError("unsupported_schema", `The input schema cannot be enforced: ${detail}.`, { cause })
  }
}

/** ajv asks for `test` only; RE2 never backtracks. */
const linearRegExp = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(pattern)
    return { test: (text: string) => compiled.matcher(text).find() }
  },
  { code: "linearRegExp" },
)

function reasonsFrom(errors: readonly ErrorObject[]): Reason[] {
  return errors.slice(0, reasonsMax).map((error) => ({
    code: "input_schema",
    message: `${error.instancePath === "" ? "The input" : error.instancePath} ${error.message ?? "is not valid"}.`,
    path: `/input${error.instancePath}`,
  }))
}

/** Follows `properties` and `items` only: a mark elsewhere marks nothing. */
function markedMembers(schema: JsonValue, input: JsonValue, keyword: string, path = ""): Set<string> {
  const found = new Set<string>()
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return found
  if (schema[keyword] === true) found.add(path)
  if (typeof input !== "object" || input === null) return found

  const { properties, items } = schema
  for (const [name, member] of Object.entries(input)) {
    const inner = Array.isArray(input) ? items : memberOf(properties, name)
    if (inner === undefined) continue
    const at = `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`
    for (const marked of markedMembers(inner, member, keyword, at)) found.add(marked)
  }

  return found
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined

  return Object.hasOwn(value, name) ? value[name] : undefined
}
