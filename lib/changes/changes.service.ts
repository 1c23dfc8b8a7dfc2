import { createHash } from "node:crypto"
import { setImmediate } from "node:timers/promises"
import {
  buildEnvelope,
  canonicalize,
  ChangeError,
  changeHash,
  contentBytes,
  type ChangePart,
  type Envelope,
  type EnvelopePart,
  type FileContent,
  type ProposedChange,
  type State,
} from "@deltaseal/guard/change"
import { AppError } from "@/lib/errors/app-error"
import { diffViewOf, type ChangeView, type PartView } from "./change"
import { describeChange, effectsOf } from "./describe-change"
import type { DiffPool } from "./diff-pool"
import type { FileSide } from "./file-diff"
import { changeFlags } from "./flags"

/** A part with its contents and its own diff text; the contents are stored as bytes (SPEC 2.3). */
export type PreparedPart = PartView &
  Readonly<{ beforeBytes: Uint8Array | null; afterBytes: Uint8Array | null; diffText: string }>

/** `envelopeBytes` is the JCS that was hashed; `diffDigest` the SHA-256 hex of all diff texts in order. */
export type PreparedChange = Omit<ChangeView, "parts"> &
  Readonly<{
    envelope: Envelope
    envelopeBytes: Uint8Array
    changeHash: string
    parts: readonly PreparedPart[]
    diffDigest: string
  }>

/** The steps all diffs of one change may take together: about a second on a slow core. */
export const changeWorkMax = 100_000_000

/** What each part may take even when those before it used that up, so that one part cannot degrade the others. */
export const partWorkMin = 100_000

/**
 * Everything the server says about a proposed change: envelope, hash, diff,
 * effects and flags, computed from the contents alone.
 *
 * @throws AppError with the code of the limit or rule that the change breaks; `unavailable` when too much is queued
 */
export async function prepareChange(
  change: ProposedChange,
  { diffPool, signal }: Readonly<{ diffPool: DiffPool; signal?: AbortSignal }>,
): Promise<PreparedChange> {
  const envelope = refusing(() => buildEnvelope(change))
  const hash = refusing(() => changeHash(envelope))
  const parts = await prepareParts(change.parts, envelope.parts, diffPool, signal)

  return {
    envelope,
    envelopeBytes: Buffer.from(canonicalize(envelope), "utf8"),
    changeHash: hash,
    parts,
    diff: diffViewOf(parts.map((part) => part.diffText)),
    diffDigest: digestOf(parts),
    sentence: describeChange(change.tool, parts),
    effects: effectsOf(parts),
    flags: changeFlags(parts),
  }
}

/** One after the other, on one budget, with room for other requests between any two. */
async function prepareParts(
  proposed: readonly ChangePart[],
  bound: readonly EnvelopePart[],
  diffPool: DiffPool,
  signal: AbortSignal | undefined,
): Promise<PreparedPart[]> {
  const parts: PreparedPart[] = []
  let workLeft = changeWorkMax

  for (const [at, { kind, op, target, before, after }] of bound.entries()) {
    const part = proposed[at]
    if (part?.kind !== "file") throw new AppError("unsupported_change")
    const sides = { before: sideOf(part.before, before), after: sideOf(part.after, after) }
    const task = { path: target["path"] ?? "", ...sides, workMax: Math.max(workLeft, partWorkMin) }
    const { text, work, ...found } = await diffPool.diff(task, signal)
    workLeft -= work
    const beforeBytes = sides.before?.bytes ?? null
    const afterBytes = sides.after?.bytes ?? null
    parts.push({ kind, op, target, before, after, beforeBytes, afterBytes, diffText: text, ...found })
    await setImmediate()
  }

  return parts
}

function sideOf(content: FileContent | null | undefined, state: State): FileSide | null {
  if (!content || state.state === "absent") return null
  return { bytes: contentBytes(content), digest: state.digest, mode: state.mode ?? "100644" }
}

function digestOf(parts: readonly PreparedPart[]): string {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part.diffText, "utf8")
  return hash.digest("hex")
}

/** The guard's refusals are ours too: same codes, same words. */
function refusing<Value>(build: () => Value): Value {
  try {
    return build()
  } catch (error) {
    if (!(error instanceof ChangeError)) throw error
    const { code, message, path } = error
    throw new AppError(code, message, {
      reasons: [{ code, message, ...(path === undefined ? {} : { path }) }],
    })
  }
}
