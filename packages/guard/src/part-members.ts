import { isPlainObject } from "./canonical.ts"
import { ChangeError } from "./change-error.ts"
import type { PartKind } from "./part-kinds.ts"

/** The members of each kind beside `kind` and `target`; a record may have `patch` and `version` too. */
const members: Readonly<Record<PartKind, readonly string[]>> = {
  file: ["before", "after"],
  record: ["before", "after"],
  config: ["format", "before", "after"],
  message: ["after"],
  command: ["after"],
  call: [],
}

/**
 * The members of a part, before anything reads them: what nobody expects would
 * be shown to nobody.
 *
 * @throws ChangeError `unsupported_change`
 */
export function assertPartMembers(part: unknown, where: string): void {
  const refuse = (message: string) => new ChangeError("unsupported_change", message, where)
  if (!isPlainObject(part)) throw refuse("A part is an object.")
  const { kind, target, ...given } = part
  if (!isKind(kind)) throw refuse("This kind of part is not known.")
  if (!isPlainObject(target)) throw new ChangeError("invalid_envelope", "A part has a target.", where)

  if (kind === "record") {
    assertRecordMembers(given, refuse)
    return
  }
  if (!hasExactly(given, members[kind])) {
    throw refuse(`A ${kind} has kind, target and: ${members[kind].join(", ") || "nothing else"}.`)
  }
  if (kind === "config" && !["json", "yaml", "toml"].includes(String(given.format))) {
    throw refuse("A format is json, yaml or toml.")
  }
}

function assertRecordMembers(
  { version, ...sides }: Record<string, unknown>,
  refuse: (message: string) => ChangeError,
): void {
  if (!hasExactly(sides, members.record) && !hasExactly(sides, ["before", "patch"])) {
    throw refuse("A record has kind, target, before, and after or patch.")
  }
  if (sides.before === null && (version !== undefined || "patch" in sides)) {
    throw refuse("A record that is not there has no version and takes no patch.")
  }
}

function hasExactly(given: Record<string, unknown>, names: readonly string[]): boolean {
  return (
    Object.keys(given).length === names.length &&
    names.every((name) => Object.hasOwn(given, name) && given[name] !== undefined)
  )
}

function isKind(kind: unknown): kind is PartKind {
  return typeof kind === "string" && Object.hasOwn(members, kind)
}
