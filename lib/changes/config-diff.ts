import type { ConfigFormat } from "@deltaseal/guard/change"
import { canonicalize, ChangeError, sha256Hex, type JsonValue } from "@deltaseal/guard/change"
import { readConfig, type ConfigFeature } from "@deltaseal/guard/config"
import { diffFile, type FileDiff, type FileSide } from "./file-diff"
import { inOrder, type PartFlag } from "./flags"
import type { FieldChange } from "./field-change"
import { diffValues } from "./record-diff"

/** Both texts of a config; null = absent. `workMax`, `linesMax`: what the diff of their lines may take. */
export type ConfigTask = Readonly<{
  format: ConfigFormat
  name: string
  before: string | null
  after: string | null
  workMax: number
  linesMax?: number | undefined
}>

/**
 * What a config means before and after, how that differs, and how its text
 * does. `values`: SHA-256 hex of the canonical forms.
 */
export type ConfigDiff = Readonly<{
  values: Readonly<{ before: string | null; after: string | null }>
  features: readonly ConfigFeature[]
  preview: readonly FieldChange[]
  raw: FileDiff
  added: number
  removed: number
  hiddenCharacters: number
  flags: readonly PartFlag[]
}>

/** Why a config could not be read; data, because it crosses a thread. */
export type ConfigRefusal = Readonly<{ side: "before" | "after"; message: string }>

/** Reads and compares the two sides of a config. */
export function diffConfig(task: ConfigTask): ConfigDiff | ConfigRefusal {
  const before = readSide(task, "before")
  if ("message" in before) return before
  const after = readSide(task, "after")
  if ("message" in after) return after

  const fields = diffValues(before.value, after.value)
  const raw = diffFile({
    path: task.name,
    before: sideOf(task.before),
    after: sideOf(task.after),
    workMax: task.workMax,
    linesMax: task.linesMax,
  })
  const features = [...new Set([...before.features, ...after.features])].sort()
  const flags = new Set([...fields.flags, ...raw.flags])
  if (features.length > 0) flags.add("ambiguous_config")
  if (fields.preview.length === 0) flags.add("same_value")

  return {
    values: { before: valueDigest(before.value), after: valueDigest(after.value) },
    features,
    preview: fields.preview,
    raw,
    added: fields.added,
    removed: fields.removed,
    hiddenCharacters: raw.hiddenCharacters,
    flags: inOrder(flags),
  }
}

type Side = Readonly<{ value: JsonValue | undefined; features: readonly ConfigFeature[] }>

function readSide(task: ConfigTask, side: "before" | "after"): Side | ConfigRefusal {
  const text = task[side]
  if (text === null) return { value: undefined, features: [] }
  try {
    return readConfig(task.format, text)
  } catch (error) {
    if (!(error instanceof ChangeError)) throw error
    return { side, message: error.message }
  }
}

function sideOf(text: string | null): FileSide | null {
  if (text === null) return null
  const bytes = new TextEncoder().encode(text)
  return { bytes, digest: "", mode: "100644" }
}

function valueDigest(value: JsonValue | undefined): string | null {
  return value === undefined ? null : sha256Hex(canonicalize(value))
}
