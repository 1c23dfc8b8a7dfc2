import { spawnSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import fc from "fast-check"
import fastJsonPatch, { type Operation } from "fast-json-patch"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import {
  applyPatch,
  canonicalize,
  parseStrictJson,
  type JsonValue,
  type PatchOperation,
} from "@deltaseal/guard/change"
import { readConfig } from "@deltaseal/guard/config"
import { prepareChange } from "@/lib/changes/changes.service"
import { startDiffPool } from "@/lib/changes/diff-pool"
import type { FieldChange } from "@/lib/changes/field-change"
import type { PreparedPart } from "@/lib/changes/prepared-part"
import { arbitraryChange } from "../support/arbitrary-changes"
import { buildDiffWorker } from "../unit/changes/built-diff-worker"

// Hundreds of generated changes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const diffPool = startDiffPool({ workerFile: buildDiffWorker(), threads: 1 })
const folder = mkdtempSync(join(tmpdir(), "deltaseal-round-trips-"))
const parts: PreparedPart[] = []

beforeAll(async () => {
  for (const change of fc.sample(arbitraryChange, { numRuns: 500, seed: 4 })) {
    parts.push(...(await prepareChange(change, { diffPool })).parts)
  }
})
afterAll(async () => {
  await diffPool.stop()
  rmSync(folder, { recursive: true, force: true })
})

const textOf = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString("utf8"))

test.each([
  ["GNU patch", "patch", ["-p1", "--batch", "--no-backup-if-mismatch", "--fuzz=0"]],
  ["git apply", "git", ["-c", "apply.whitespace=nowarn", "apply"]],
] as const)("%s makes after of before, of every file, move and config's text", (name, command, args) => {
  const texts = parts.flatMap((part, at) => patchOf(part, at) ?? [])
  const tree = join(folder, command)
  for (const { from, before } of texts) if (before !== null) write(join(tree, from), before)
  writeFileSync(join(folder, `${command}.patch`), texts.map(({ patch }) => patch).join(""))

  const run = spawnSync(
    command,
    [...args, name === "GNU patch" ? `--input=../${command}.patch` : `../${command}.patch`],
    {
      cwd: tree,
      encoding: "utf8",
    },
  )

  expect(run.status, run.stdout + run.stderr).toBe(0)
  expect(texts.length).toBeGreaterThan(250)
  for (const { path, from, after } of texts) {
    expect(readSide(join(tree, path))).toEqual(after)
    if (from !== path) expect(existsSync(join(tree, from))).toBe(false)
  }
})

test("two JSON Patch libraries make after of before, of every record and of what every config means", () => {
  const valued = parts.filter(({ diff }) => diff.type === "json_patch" || diff.type === "normalized_json")

  expect(new Set(valued.map(({ kind, op }) => `${kind} ${op}`)).size).toBe(6)
  for (const part of valued) {
    const [before, after] = [valueOf(part, "before"), valueOf(part, "after")]
    if (before === undefined || after === undefined) continue
    const patch = (part.diff.preview as readonly FieldChange[]).map(operation)
    const copy = JSON.parse(canonicalize(before)) as object
    const second = fastJsonPatch.applyPatch(copy, patch as Operation[], true).newDocument as JsonValue

    expect(canonicalize(applyPatch(before, patch))).toBe(canonicalize(after))
    expect(canonicalize(second)).toBe(canonicalize(after))
  }
})

test("every message, command and call is shown by all that its digest binds", () => {
  const acted = parts.filter(({ kind }) => ["message", "command", "call"].includes(kind))

  expect(new Set(acted.map(({ kind }) => kind)).size).toBe(3)
  for (const { diff, afterBytes } of acted) {
    const shown =
      diff.type === "message"
        ? { ...diff.preview, recipients: diff.preview.recipients.map(bare) }
        : diff.preview
    expect(canonicalize(shown as unknown as JsonValue)).toBe(textOf(afterBytes))
  }
})

type Side = Readonly<{ text: string; isExecutable: boolean }>
type Patch = Readonly<{ from: string; path: string; before: Side | null; after: Side | null; patch: string }>

/** A part's patch, at a place of its own; null for what has no lines to apply. */
function patchOf(part: PreparedPart, at: number): Patch | null {
  if (part.flags.includes("uninspectable")) return null
  const { path = part.target["name"] ?? "", from = path } = part.target
  const text = patchTextOf(part)
  if (text === null || text === "") return null

  const patch = text
    .replace(/^(diff --git a\/)(.*)( b\/)/, `$1${at}/$2$3${at}/`)
    .replace(/^((?:---|\+\+\+) [ab]\/|rename (?:from|to) )/gm, `$1${at}/`)
  return {
    from: `${at}/${from}`,
    path: `${at}/${path}`,
    before: sideOf(part, "before"),
    after: sideOf(part, "after"),
    patch,
  }
}

function patchTextOf({ diff }: PreparedPart): string | null {
  if (diff.type === "unified") return diff.preview
  return diff.type === "normalized_json" ? diff.raw : null
}

function sideOf(part: PreparedPart, side: "before" | "after"): Side | null {
  const [state, text] = [part[side], textOf(part[`${side}Bytes`])]
  return text === null || state.state === "absent" ? null : { text, isExecutable: state.mode === "100755" }
}

function write(file: string, { text, isExecutable }: Side): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  chmodSync(file, isExecutable ? 0o755 : 0o644)
}

function readSide(file: string): Side | null {
  if (!existsSync(file)) return null
  return { text: readFileSync(file, "utf8"), isExecutable: (statSync(file).mode & 0o100) !== 0 }
}

function valueOf(part: PreparedPart, side: "before" | "after"): JsonValue | undefined {
  const [state, bytes] = [part[side], part[`${side}Bytes`]]
  if (bytes === null || state.state === "absent") return undefined
  if (state.format === undefined) return parseStrictJson(bytes)
  return readConfig(state.format, textOf(bytes) ?? "").value
}

function operation(change: FieldChange): PatchOperation {
  if (change.op === "remove") return { op: "remove", path: change.path }
  return { op: change.op, path: change.path, value: change.to }
}

function bare({ role, address }: Readonly<{ role: string; address: string }>): object {
  return { role, address }
}
