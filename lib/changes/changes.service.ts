import { setImmediate } from "node:timers/promises"
import {
  buildEnvelope,
  canonicalize,
  ChangeError,
  changeHash,
  partsMax,
  type ConfigPart,
  type Envelope,
  type ProposedChange,
} from "@deltaseal/guard/change"
import type { ConfigFeature } from "@deltaseal/guard/config"
import { AppError } from "@/lib/errors/app-error"
import { diffViewOf, type ChangeView } from "./change"
import { assertContentSizes, assertPartCount, type ChangeLimits } from "./change-limits"
import type { ConfigDiff } from "./config-diff"
import { describeChange, effectsOf } from "./describe-change"
import type { DiffPool } from "./diff-pool"
import { changeFlags } from "./flags"
import { normalAddress } from "./mail-address"
import { preparedCall, preparedCommand, preparedMessage } from "./prepared-action"
import { configTask, knownDigests, preparedConfig, readDiff, refusedFeatures } from "./prepared-config"
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
 * `knownRecipients`: which of these normalized addresses the tenant has sent to
 * before; without it nothing is said of first contacts. `configFeatures`: what a
 * policy lets configs use although readers disagree on it; nothing when not given.
 * `limits` can only lower what holds for everybody.
 */
export type PrepareOptions = Readonly<{
  diffPool: DiffPool
  signal?: AbortSignal
  knownRecipients?: (addresses: readonly string[]) => Promise<ReadonlySet<string>>
  configFeatures?: ReadonlySet<ConfigFeature>
  limits?: ChangeLimits
}>

/**
 * Everything the server says about a proposed change: envelope, hash, diff,
 * effects and flags, computed from the contents alone.
 *
 * @throws AppError with the code of the limit or rule that the change breaks; `unavailable` when too much is queued
 */
export async function prepareChange(
  change: ProposedChange,
  options: PrepareOptions,
): Promise<PreparedChange> {
  const work: Work = { left: changeWorkMax }
  assertPartCount(change, options.limits)
  const configs = await readConfigs(change, options, work)
  const configDigest = knownDigests([...configs.values()])
  const envelope = refusing(() => buildEnvelope(change, { configDigest }))
  assertContentSizes(envelope, options.limits)
  const hash = refusing(() => changeHash(envelope))
  const parts = await prepareParts({ change, envelope, configs }, options, work)

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

/** One budget for all parts: `left` counts down. */
type Work = { left: number }
type ReadConfig = Readonly<{ part: ConfigPart; diff: ConfigDiff }>

/** Configs are read first, off the event loop: what they mean is part of what is hashed. */
async function readConfigs(
  { parts }: ProposedChange,
  { diffPool, signal, configFeatures = new Set(), limits }: PrepareOptions,
  work: Work,
): Promise<Map<number, ReadConfig>> {
  const read = new Map<number, ReadConfig>()
  // What stands beyond the last part there may be is refused with the envelope.
  for (const [index, part] of parts.slice(0, partsMax).entries()) {
    if (part.kind !== "config") continue
    const task = refusing(() => at(`/parts/${index}`, () => configTask(part)))
    const workMax = Math.max(work.left, partWorkMin)
    const result = await diffPool.diffConfig({ ...task, workMax, linesMax: limits?.diffLines }, signal)
    const diff = refusing(() => readDiff(result, index))
    work.left -= diff.raw.work
    read.set(index, { part, diff })
  }

  const refused = refusedFeatures(
    [...read.values()].map(({ diff }) => diff),
    configFeatures,
  )
  if (refused.length > 0) {
    throw new AppError(
      "ambiguous_config",
      `Policy allows no ${refused.join(", ").replaceAll("_", " ")} here.`,
    )
  }
  return read
}

type Hashed = Readonly<{
  change: ProposedChange
  envelope: Envelope
  configs: ReadonlyMap<number, ReadConfig>
}>

/** One after the other, on one budget, with room for other requests between any two. */
async function prepareParts(hashed: Hashed, options: PrepareOptions, work: Work): Promise<PreparedPart[]> {
  const parts: PreparedPart[] = []
  for (const index of hashed.change.parts.keys()) {
    parts.push(await preparePart(hashed, index, options, work))
    await setImmediate()
  }

  return parts
}

async function preparePart(
  { change, envelope, configs }: Hashed,
  index: number,
  { diffPool, signal, knownRecipients, limits }: PrepareOptions,
  work: Work,
): Promise<PreparedPart> {
  const [part, bound] = [change.parts[index], envelope.parts[index]]
  if (part === undefined || bound === undefined) throw new AppError("internal", "A part has no place.")

  switch (part.kind) {
    case "record":
      return preparedRecord(part, bound)
    case "config": {
      const config = configs.get(index)
      if (config === undefined) throw new AppError("internal", "A config was not read.")
      return preparedConfig(part, bound, config.diff)
    }
    case "message": {
      const addresses = part.after.recipients.map(({ address }) => normalAddress(address))
      return preparedMessage(part, bound, (await knownRecipients?.(addresses)) ?? null)
    }
    case "command":
      return preparedCommand(part, bound)
    case "call":
      return preparedCall(bound, change.input)
    case "file": {
      const task = fileTask(part, bound)
      const workMax = Math.max(work.left, partWorkMin)
      const diff = await diffPool.diff({ ...task, workMax, linesMax: limits?.diffLines }, signal)
      work.left -= diff.work
      return preparedFile(bound, task, diff)
    }
  }
}

/** Names the part in which a content is refused. */
function at<Value>(where: string, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ChangeError)) throw error
    throw new ChangeError(error.code, error.message, `${where}${error.path ?? ""}`)
  }
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
