import type { ConfigPart, FilePart, JsonValue, MessagePart, RecordPart } from "@deltaseal/guard/change"

/** What is wrong with a canary: the one thing by which it differs from what people approved. */
export type DeviationCode = "foreign_line" | "foreign_address" | "hundredfold" | "switched" | "emptied"

/** A part of which a canary can be made: the others have nothing in which one thing could be wrong. */
export type CanaryPart = FilePart | ConfigPart | RecordPart | MessagePart

/**
 * A change that people approved. `stands` is what its target holds now: what was
 * there before, or what was there after; for a message it means nothing.
 */
export type CanarySource = Readonly<{ input: JsonValue; part: CanaryPart; stands: "before" | "after" }>

/** The change as a canary asks for it, and in words what is wrong with it. */
export type Deviation = Readonly<{
  code: DeviationCode
  words: string
  input: JsonValue
  part: CanaryPart
}>
