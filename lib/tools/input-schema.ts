import type { JsonValue } from "@deltaseal/guard/change"
import {
  Ajv2020,
  type ErrorObject,
  type FuncKeywordDefinition,
  type ValidateFunction,
} from "ajv/dist/2020.js"
import { RE2JS } from "re2js"
import { AppError, type Reason } from "@/lib/errors/app-error"
import { findPlace, placeOfFault } from "./schema-place"

/** A tool's input schema, compiled: what is wrong with an input, and which members it marks. */
export type InputSchema = Readonly<{
  check: (input: JsonValue) => Reason[]
  /** JSON Pointers into an input of members marked with this keyword. */
  marked: (input: JsonValue, keyword: keyof Marks) => Set<string>
}>

/** How many reasons an agent gets at once; it fixes those and asks again. */
const reasonsMax = 20

/**
 * Compiles a JSON Schema (2020-12): no remote references, no data references,
 * patterns on a linear-time engine.
 *
 * @throws AppError `unsupported_schema`, with the place in the schema, when it cannot be enforced exactly
 */
export function compileInputSchema(schema: JsonValue): InputSchema {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    throw refused("An input schema is a JSON object.", "")
  }
  // The validator skips a schema for this one name without a word.
  const skipped = findPlace(schema, (name) => name === "__proto__")
  if (skipped !== null) throw refused("A member named __proto__ cannot be enforced.", skipped)

  const validate = compile(schema)
  return {
    check: (input) => (validate.call(newMarks(), input) ? [] : reasonsFrom(validate.errors ?? [])),
    marked: (input, keyword) => {
      const marks = newMarks()
      validate.call(marks, input)
      return marks[keyword]
    },
  }
}

const markKeywords = ["x-tenant-id", "x-sensitive"] as const

/** Where each keyword was met during one validation; ajv hands it to the keywords as `this`. */
type Marks = Readonly<Record<(typeof markKeywords)[number], Set<string>>>

function newMarks(): Marks {
  return { "x-tenant-id": new Set(), "x-sensitive": new Set() }
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
    passContext: true,
    code: { regExp: linearRegExp },
  })
  // The validator resolves it and does not know its name.
  ajv.addKeyword("$anchor")
  for (const keyword of markKeywords) ajv.addKeyword(markKeyword(keyword))
  try {
    return ajv.compile(schema)
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : "it does not compile"
    const place = unsupportedPattern(schema as JsonValue) ?? placeOfFault(schema as JsonValue, detail)
    throw refused(`The input schema cannot be enforced: ${detail}.`, place, cause)
  }
}

/** `place` is a JSON Pointer into the schema. */
function refused(message: string, place: string, cause?: unknown): AppError {
  const reasons = [{ code: "unsupported_schema", message, path: place }]

  return new AppError("unsupported_schema", message, { reasons, cause })
}

/** Where the pattern is that the engine does not have. Asked only when something is wrong, for data may look like one. */
function unsupportedPattern(schema: JsonValue): string | null {
  return findPlace(
    schema,
    (name, value) => name === "pattern" && typeof value === "string" && !isSupported(value),
  )
}

function isSupported(pattern: string): boolean {
  try {
    RE2JS.compile(pattern)
    return true
  } catch {
    return false
  }
}

/** The validator itself finds the marks, so that one behind a reference or in a combination counts too. */
function markKeyword(keyword: keyof Marks): FuncKeywordDefinition {
  return {
    keyword,
    schemaType: "boolean",
    errors: false,
    validate: function (this: Marks, isMarked: boolean, _data, _schema, place?: { instancePath: string }) {
      if (isMarked && place !== undefined) this[keyword].add(place.instancePath)
      return true
    },
  }
}

/**
 * ajv asks for `test`, and tells patterns apart by their text: without one of
 * its own each, all patterns of a schema would be the first. RE2 never backtracks.
 */
const linearRegExp = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(pattern)
    return { test: (text: string) => compiled.matcher(text).find(), toString: () => pattern }
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
