import { setImmediate } from "node:timers/promises"
import {
  buildEnvelope,
  canonicalize,
  ChangeError,
  changeHash,
  type ChangePart,
  type Envelope,
  type EnvelopePart,
  type ProposedChange,
} from "@deltaseal/guard/change"
import { AppError } from "@/lib/errors/app-error"
import { diffViewOf, type ChangeView } from "./change"
import { describeChange, effectsOf } from "./describe-change"
import type { DiffPool } from "./diff-pool"
import { changeFlags } from "./flags"
import { fileTask, preparedFile, preparedRecord, type PreparedPart } from "./prepared-part"

/** `envelopeBytes` is the JCS that was hashed. */
export type PreparedChange = Omit<ChangeView, "parts"> &
  Readonly<{
    envelope: Envelope
    envelopeBytes: Uint8Array
    changeHash: string
    parts: readonly PreparedPart[]
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
    diff: diffViewOf(parts.map((part) => part.diff)),
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

  for (const [at, part] of proposed.entries()) {
    const envelopePart = bound[at]
    if (envelopePart === undefined) throw new AppError("internal", "A part has no place in the envelope.")
    if (part.kind === "record") {
      parts.push(preparedRecord(part, envelopePart))
    } else {
      const task = fileTask(part, envelopePart)
      const diff = await diffPool.diff({ ...task, workMax: Math.max(workLeft, partWorkMin) }, signal)
      workLeft -= diff.work
      parts.push(preparedFile(envelopePart, task, diff))
    }
    await setImmediate()
  }

  return parts
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
