import type { Receipt } from "./client.ts"
import { GuardError } from "./guard-error.ts"
import type { GuardedKind, GuardedKinds, GuardedPart } from "./guarded-kinds.ts"
import type { PermitTerms } from "./permit-terms.ts"
import type { Look } from "./places.ts"
import type { Confine } from "./sandbox.ts"

/** What a tool gets to apply: a frozen copy of exactly what was decided on, and the terms of its permit. */
export type ApprovedChange<Input = unknown, Kind extends GuardedKind = "file"> = PermitTerms &
  Readonly<{
    input: Input
    parts: readonly GuardedKinds[Kind]["part"][]
    executionId: string
    approvalId: string | null
    voters: readonly string[]
    /** Aborts when the time that policy allows is over: stop, and throw. */
    signal: AbortSignal
    /**
     * Marks a part as carried out, with its receipts. Of what was sent, executed or called
     * before a later part failed, nothing else could tell.
     */
    done: (part: GuardedKinds[Kind]["part"], ...receipts: readonly Receipt[]) => void
  }>

/** What a tool says after applying: words for the model, proof for the log. */
export type Applied = Readonly<{ text?: string; receipts?: readonly Receipt[] }>

/** How a tool touches the world: `apply` only ever runs with a verified permit. */
export type Effects = Look &
  Readonly<{
    apply: (change: ApprovedChange<unknown, GuardedKind>) => Promise<Applied | undefined>
    /** Absent for a tool that starts nothing. */
    sandbox?: Confine | undefined
    /** False for a tool that can only carry out all parts of a change. */
    partial?: boolean | undefined
  }>

/** The parts that a tool marked as carried out, by their place in the change. */
export type Marks = ReadonlyMap<number, readonly Receipt[]>

export const noMarks: Marks = new Map()

/**
 * Thrown by a tool that cannot tell whether it did what it was to do, for example when a mail server
 * was silent after it had the message. Nothing is reported, so the execution ends as `unknown`.
 */
export class UncertainError extends Error {
  override readonly name = "UncertainError"
}

/** Takes the marks of a tool while it applies. */
export function createMarks(
  parts: readonly GuardedPart[],
): Readonly<{ marks: Marks; done: ApprovedChange<unknown, GuardedKind>["done"] }> {
  const marks = new Map<number, readonly Receipt[]>()
  const done = (part: GuardedPart, ...receipts: readonly Receipt[]) => {
    const index = parts.indexOf(part)
    if (index === -1) throw new GuardError("invalid_configuration", "Only a part of the change can be done.")
    marks.set(index, receipts)
  }
  return { marks, done }
}
