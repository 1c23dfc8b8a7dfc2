import { isPlainObject } from "./canonical.ts"
import { ChangeError } from "./change-error.ts"

/** Exactly these members: what a reader does not know, it cannot have shown to anyone. */
export function assertMembers(
  value: unknown,
  where: string,
  required: readonly string[],
  optional: readonly string[] = [],
): asserts value is Record<string, unknown> {
  if (!isPlainObject(value)) throw new ChangeError("invalid_envelope", "An object is expected here.", where)
  for (const name of required) {
    if (!Object.hasOwn(value, name)) throw new ChangeError("invalid_envelope", `${name} is missing.`, where)
  }
  for (const name of Object.keys(value)) {
    if (required.includes(name) || optional.includes(name)) continue
    throw new ChangeError("invalid_envelope", "There is a member that does not belong here.", where)
  }
}

export function assertDigest(value: unknown, where: string): asserts value is string {
  if (typeof value === "string" && /^[0-9a-f]{64}$/.test(value)) return
  throw new ChangeError("invalid_envelope", "A digest is 64 lower-case hex digits.", where)
}
