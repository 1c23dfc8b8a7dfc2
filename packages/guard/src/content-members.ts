import { isPlainObject, isWellFormed } from "./canonical.ts"
import { ChangeError } from "./change-error.ts"
import { isVisibleName } from "./names.ts"

/** Exactly these members, each there: what nobody expects would be shown to nobody. */
export function assertFields(
  value: unknown,
  where: string,
  names: readonly string[],
): asserts value is Record<string, unknown> {
  const isExact =
    isPlainObject(value) &&
    Object.keys(value).length === names.length &&
    names.every((name) => Object.hasOwn(value, name))
  if (!isExact) throw invalid(`Exactly these members belong here: ${names.join(", ")}.`, where)
}

export function assertList(value: unknown, where: string): unknown[] {
  if (!Array.isArray(value)) throw invalid("A list is expected here.", where)
  return value
}

export function assertText(value: unknown, where: string): asserts value is string {
  if (typeof value === "string" && isWellFormed(value)) return
  throw invalid("A string of whole Unicode characters is expected here.", where)
}

/** What names someone or something: 1 to 1,024 bytes without control or format characters. */
export function assertVisible(value: unknown, where: string): asserts value is string {
  if (!isVisibleName(value)) throw invalid("1 to 1,024 bytes of visible text are expected here.", where)
}

export function assertDigestText(value: unknown, where: string): asserts value is string {
  if (typeof value === "string" && /^[0-9a-f]{64}$/.test(value)) return
  throw invalid("A digest is 64 lower-case hex digits.", where)
}

function invalid(message: string, where: string): ChangeError {
  return new ChangeError("invalid_content", message, where)
}
