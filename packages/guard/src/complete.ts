import type { FilePart } from "./build-envelope.ts"
import { ChangeError } from "./change-error.ts"
import type { ConfigContent } from "./config-part.ts"
import type { FileContent } from "./content.ts"
import type { ToolIdentity } from "./envelope.ts"
import type {
  GuardedKind,
  GuardedPart,
  ObservedContent,
  PlannedFile,
  PlannedMove,
  PlannedRecord,
  RecordContent,
} from "./guarded-kinds.ts"
import type { Observe } from "./places.ts"
import type { PlannedPart } from "./proposal.ts"
import { recordAfter, type RecordPart } from "./record.ts"

/** The planned parts with their *before*, observed where the plan does not bring it. */
export async function complete(
  planned: readonly PlannedPart<GuardedKind>[],
  tool: ToolIdentity,
  observe: Observe,
): Promise<GuardedPart[]> {
  const parts: GuardedPart[] = []
  // One after the other: a change of a hundred files must not open a hundred at once.
  for (const part of planned) parts.push(await completeOne(part, tool, observe))
  return parts
}

async function completeOne(
  part: PlannedPart<GuardedKind>,
  { server, name }: ToolIdentity,
  observe: Observe,
): Promise<GuardedPart> {
  if (part.kind === undefined || part.kind === "file") {
    return isMove(part) ? await completeMove(part, observe) : await completeFile(part, observe)
  }
  switch (part.kind) {
    case "message":
    case "command":
      return part
    case "call":
      return { kind: "call", target: { server, name } }
    case "record":
      return completeRecord(part, part.before === undefined ? await observe({ ...part.target }) : part.before)
    case "config": {
      const before = part.before === undefined ? await observe({ ...part.target }) : part.before
      // The cast promises nothing: what is no content of its kind is refused when it is hashed, here and below.
      return { ...part, before: before as ConfigContent | null }
    }
  }
}

function isMove(part: PlannedFile | PlannedMove): part is PlannedMove {
  return "from" in part.target
}

async function completeFile({ target, before, after }: PlannedFile, observe: Observe): Promise<FilePart> {
  const found = before === undefined ? await observe({ ...target }) : before
  return { kind: "file", target, before: found as FileContent | null, after }
}

/** Nobody is asked about a move that could not be made. */
async function completeMove({ target, before, after }: PlannedMove, observe: Observe): Promise<FilePart> {
  const { workspace, path, from } = target
  const found = before ?? ((await observe({ workspace, path: from })) as FileContent | null)
  if (found === null) throw new ChangeError("invalid_envelope", `There is no file ${from} to move.`)
  if ((await observe({ workspace, path })) !== null) {
    throw new ChangeError("invalid_envelope", `Something is at ${path} already; a move replaces nothing.`)
  }
  return { kind: "file", target, before: found, after: after ?? found }
}

function completeRecord(planned: PlannedRecord, found: ObservedContent | null): RecordPart {
  const { value: before = null, version } = (found ?? {}) as Partial<RecordContent>
  const bound = {
    kind: "record",
    target: planned.target,
    ...(version === undefined ? {} : { version }),
  } as const
  if (!("patch" in planned)) return { ...bound, before, after: planned.after }
  if (before === null) throw new ChangeError("invalid_patch", "There is no record to patch.")
  return { ...bound, before, after: recordAfter({ ...bound, before, patch: planned.patch }) }
}
