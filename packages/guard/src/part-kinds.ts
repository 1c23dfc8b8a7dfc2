import { assertForeignName, assertName, assertPath } from "./names.ts"

export type PartKind = "file" | "record" | "config" | "message" | "command" | "call"
export type PartOp = "create" | "update" | "delete" | "move" | "send" | "execute" | "call"

type NameCheck = (value: unknown, where: string) => void

/** What a kind of part looks like in an envelope: the table of SPEC 2.1, as far as it is hashed. */
export type PartShape = Readonly<{
  target: Readonly<Record<string, NameCheck>>
  ops: readonly PartOp[]
  /** Members of a present state besides `bytes` and `digest`. */
  state: readonly string[]
  /** Members that only a *before* may have. */
  beforeOnly: readonly string[]
}>

export const partShapes: Readonly<Record<PartKind, PartShape>> = {
  file: {
    target: { workspace: assertName, path: assertPath },
    ops: ["create", "update", "delete", "move"],
    state: ["mode"],
    beforeOnly: [],
  },
  record: {
    target: { system: assertName, type: assertName, id: assertForeignName },
    ops: ["create", "update", "delete"],
    state: [],
    beforeOnly: ["version"],
  },
  config: {
    target: { system: assertName, name: assertForeignName },
    ops: ["create", "update", "delete"],
    state: ["format", "value"],
    beforeOnly: [],
  },
  message: { target: { channel: assertForeignName }, ops: ["send"], state: [], beforeOnly: [] },
  command: { target: { runner: assertForeignName }, ops: ["execute"], state: [], beforeOnly: [] },
  call: { target: { server: assertName, name: assertName }, ops: ["call"], state: [], beforeOnly: [] },
}

/** A move names its source too, in `from`, which is a path like any other. */
export const moveTarget: PartShape["target"] = { ...partShapes.file.target, from: assertPath }
