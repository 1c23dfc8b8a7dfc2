import {
  fileContent,
  parseStrictJson,
  type ChangePart,
  type CommandPart,
  type ConfigPart,
  type EnvelopePart,
  type FilePart,
  type JsonObject,
  type MessagePart,
  type State,
} from "@deltaseal/guard/change"
import { AppError } from "@/lib/errors/app-error"

/**
 * A part as it was proposed, from what an envelope says of it and its stored
 * contents: hashing it again gives the same part.
 *
 * @param read the content of a digest
 * @throws AppError `internal` for a part that no envelope of ours has
 */
export function storedPart(part: EnvelopePart, read: (digest: string) => Uint8Array): ChangePart {
  const { kind, target, before, after } = part
  switch (kind) {
    case "file":
      return {
        kind,
        target: target as FilePart["target"],
        before: fileOf(before, read),
        after: fileOf(after, read),
      }
    case "record":
      return {
        kind,
        target: { system: named(target, "system"), type: named(target, "type"), id: named(target, "id") },
        ...(before.state === "present" && before.version !== undefined ? { version: before.version } : {}),
        before: valueOf(before, read),
        after: valueOf(after, read),
      }
    case "config":
      return {
        kind,
        target: target as ConfigPart["target"],
        format: formatOf(before) ?? formatOf(after) ?? "json",
        before: textOf(before, read),
        after: textOf(after, read),
      }
    // What was hashed was checked then, and is read back from the very bytes.
    case "message":
      return { kind, target, after: valueOf(after, read) } as unknown as MessagePart
    case "command":
      return { kind, target, after: valueOf(after, read) } as unknown as CommandPart
    case "call":
      return { kind, target: { server: named(target, "server"), name: named(target, "name") } }
  }
}

type Read = (digest: string) => Uint8Array

function fileOf(state: State, read: Read): FilePart["before"] {
  return state.state === "absent" ? null : fileContent(read(state.digest), state.mode)
}

function valueOf(state: State, read: Read): JsonObject | null {
  return state.state === "absent" ? null : (parseStrictJson(read(state.digest)) as JsonObject)
}

function textOf(state: State, read: Read): ConfigPart["before"] {
  if (state.state === "absent") return null
  return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(read(state.digest)) }
}

function formatOf(state: State): ConfigPart["format"] | undefined {
  return state.state === "present" ? state.format : undefined
}

function named(target: Readonly<Record<string, string>>, name: string): string {
  const value = target[name]
  if (value === undefined) throw new AppError("internal", `A part's target has no ${name}.`)
  return value
}
