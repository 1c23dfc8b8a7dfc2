import type { ChangePart, JsonValue } from "@deltaseal/guard/change"
import type { CanaryPart, CanarySource } from "./deviation"
import { leavesIn } from "./json-leaves"

/** What is longer is no fair question. */
const linesMax = 200

/** An approved change as a canary can be made of it; null where it is none of those. */
export function canarySourceOf({
  input,
  part,
  stands,
}: Readonly<{
  input: JsonValue
  part: ChangePart
  stands: CanarySource["stands"] | null
}>): CanarySource | null {
  if (stands === null || !isCanaryPart(part) || linesOf(part) > linesMax) return null
  return { input, part, stands }
}

/** With its contents as they are, not as a patch of them. */
function isCanaryPart(part: ChangePart): part is CanaryPart {
  return part.kind === "record" ? "after" in part : ["file", "config", "message"].includes(part.kind)
}

/** Lines of the longer side of a text, fields of a record. */
function linesOf(part: CanaryPart): number {
  switch (part.kind) {
    case "record":
      return Math.max(...[part.before, part.after].map((value) => leavesIn(value).length))
    case "message":
      return part.after.body.split("\n").length
    case "file":
    case "config":
      return Math.max(
        ...[part.before, part.after].map((content) =>
          content !== null && "text" in content ? content.text.split("\n").length : 0,
        ),
      )
  }
}
