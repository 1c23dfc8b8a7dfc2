import {
  jsonBytes,
  type CommandPart,
  type EnvelopePart,
  type JsonValue,
  type MessagePart,
} from "@deltaseal/guard/change"
import { isConfusable } from "@/lib/kernel/confusables"
import { countHidden } from "@/lib/kernel/text"
import { diffCommand } from "./command-diff"
import { inOrder, type PartFlag } from "./flags"
import { diffMessage } from "./message-diff"
import type { PreparedPart } from "./prepared-part"
import { diffValues } from "./record-diff"

/** A message, with what is known of its recipients; null = the tenant's history is not known. */
export function preparedMessage(
  part: MessagePart,
  bound: EnvelopePart,
  known: ReadonlySet<string> | null,
): PreparedPart {
  const { preview, ...found } = diffMessage(part.after, known)
  return prepared(bound, part.after, { diff: { type: "message", preview }, ...found })
}

export function preparedCommand(part: CommandPart, bound: EnvelopePart): PreparedPart {
  const { preview, ...found } = diffCommand(part.after)
  return prepared(bound, part.after, { diff: { type: "command", preview }, ...found })
}

/** A call: its input is what people read. `added`: values at its first level. */
export function preparedCall(bound: EnvelopePart, input: JsonValue): PreparedPart {
  const { hiddenCharacters, flags } = diffValues(undefined, input)
  const isObject = typeof input === "object" && input !== null
  const added = isObject ? Object.keys(input).length : 1
  return prepared(bound, input, {
    diff: { type: "call", preview: input },
    added,
    removed: 0,
    hiddenCharacters,
    flags,
  })
}

type Found = Pick<PreparedPart, "diff" | "added" | "removed" | "hiddenCharacters" | "flags">

/** With what hides in the name of the target itself. */
function prepared(bound: EnvelopePart, after: JsonValue, found: Found): PreparedPart {
  const names = Object.values(bound.target)
  const hiddenCharacters = names.reduce((sum, name) => sum + countHidden(name), found.hiddenCharacters)
  const flags = new Set<PartFlag>(found.flags)
  if (hiddenCharacters > 0) flags.add("hidden_characters")
  if (names.some(isConfusable)) flags.add("confusable")

  return {
    ...bound,
    ...found,
    hiddenCharacters,
    flags: inOrder(flags),
    beforeBytes: null,
    afterBytes: jsonBytes(after),
  }
}
