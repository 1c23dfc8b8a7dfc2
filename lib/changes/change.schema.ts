import type {
  JsonObject,
  JsonValue,
  PatchedRecordPart,
  PatchOperation,
  RecordPart as GuardRecordPart,
} from "@deltaseal/guard/change"
import { z } from "zod"

/**
 * The wire form of changes. Shapes only: names, paths, sizes and how states
 * fit together are checked when the envelope is built, since each of those
 * limits has a code of its own (SPEC 2.4). U+0000 is legal in contents.
 */
const fileMode = z.enum(["100644", "100755"])
const digest = z.string().regex(/^[0-9a-f]{64}$/)
const byteCount = z.int().nonnegative()
/** A row version or etag. */
const rowVersion = z
  .string()
  .max(1024)
  .regex(/^[^\0]*$/, "A version cannot hold U+0000.")

export const FileContent = z
  .union([
    z.strictObject({ text: z.string(), mode: fileMode.exactOptional() }),
    z.strictObject({ base64: z.string(), mode: fileMode.exactOptional() }),
  ])
  .meta({ description: "The exact bytes of a file: as text, or as base64. At most 2 MiB." })

export const FilePart = z.strictObject({
  kind: z.literal("file"),
  target: z.strictObject({
    workspace: z.string(),
    path: z.string().meta({ description: "Relative, with /, at most 1,024 bytes of UTF-8." }),
    from: z
      .string()
      .exactOptional()
      .meta({ description: "A move: before is the file here, after the same bytes at path." }),
  }),
  before: FileContent.nullable(),
  after: FileContent.nullable(),
})

/** Taken as the strict parser read it: a copy by a schema could lose what `__proto__` names. */
const RecordValue = z
  .custom<JsonObject>(isObject, "A record is a JSON object.")
  .meta({ description: "The whole record as a JSON object. At most 2 MiB of canonical JSON." })

/** Has either `after` or `patch`, as building the envelope checks, which is what makes the cast true. */
export const RecordPart = z
  .strictObject({
    kind: z.literal("record"),
    target: z.strictObject({ system: z.string(), type: z.string(), id: z.string() }),
    version: z
      .string()
      .exactOptional()
      .meta({ description: "The row version or etag of before; consume must observe the same." }),
    before: RecordValue.nullable(),
    after: RecordValue.nullable().exactOptional(),
    patch: z
      .array(z.custom<PatchOperation>(isObject, "An operation is a JSON object."))
      .exactOptional()
      .meta({ description: "Instead of after: a JSON Patch (RFC 6902) of before." }),
  })
  .transform((part) => part as GuardRecordPart | PatchedRecordPart)

const ConfigContent = z.strictObject({ text: z.string() })

export const ConfigPart = z
  .strictObject({
    kind: z.literal("config"),
    target: z.strictObject({ system: z.string(), name: z.string() }),
    format: z.enum(["json", "yaml", "toml"]),
    before: ConfigContent.nullable(),
    after: ConfigContent.nullable(),
  })
  .meta({ description: "Bound by its bytes and by what they mean. YAML may have 256 KiB, the others 2 MiB." })

const attachment = z.strictObject({ name: z.string(), bytes: z.int().nonnegative(), digest })

export const MessagePart = z.strictObject({
  kind: z.literal("message"),
  target: z.strictObject({ channel: z.string() }),
  after: z.strictObject({
    from: z.string(),
    replyTo: z.string().nullable(),
    recipients: z.array(z.strictObject({ role: z.enum(["to", "cc", "bcc"]), address: z.string() })),
    subject: z.string().nullable(),
    body: z.string(),
    attachments: z.array(attachment),
  }),
})

const Command = z.strictObject({
  argv: z.array(z.string()),
  cwd: z.string(),
  env: z
    .array(z.strictObject({ name: z.string(), digest }))
    .meta({ description: "Each variable with the SHA-256 hex of its value, which nobody is shown." }),
  stdinDigest: digest.nullable(),
  image: z.string().nullable(),
})

export const CommandPart = z.strictObject({
  kind: z.literal("command"),
  target: z.strictObject({ runner: z.string() }),
  after: Command,
})

export const CallPart = z
  .strictObject({
    kind: z.literal("call"),
    target: z.strictObject({ server: z.string(), name: z.string() }),
  })
  .meta({ description: "The call itself: nothing is sent, what is reviewed is its input." })

export const ChangePart = z.discriminatedUnion("kind", [
  FilePart,
  RecordPart,
  ConfigPart,
  MessagePart,
  CommandPart,
  CallPart,
])

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** At most 100 parts, in the order in which they are applied. */
export const ProposedParts = z.strictObject({ parts: z.array(ChangePart) })

const absent = z.strictObject({ state: z.literal("absent") })

/** What a guard saw at a target; `mode` or `version` where the part has them. */
export const ObservedState = z.discriminatedUnion("state", [
  absent,
  z.strictObject({
    state: z.literal("present"),
    digest,
    bytes: byteCount,
    mode: fileMode.exactOptional(),
    version: rowVersion.exactOptional(),
  }),
])

export const State = z.discriminatedUnion("state", [
  absent,
  z.strictObject({
    state: z.literal("present"),
    bytes: byteCount,
    digest,
    mode: fileMode.exactOptional(),
    format: z.enum(["json", "yaml", "toml"]).exactOptional(),
    value: digest.exactOptional(),
    version: rowVersion.exactOptional(),
  }),
])

const partKind = z.enum(["file", "record", "config", "message", "command", "call"])
const partOp = z.enum(["create", "update", "delete", "move", "send", "execute", "call"])
const target = z.record(z.string(), z.string())

/** What the change hash is computed over (SPEC 2.2), as the server answers it. */
export const Envelope = z.strictObject({
  v: z.literal(1),
  tenantId: z.string(),
  runId: z.string(),
  tool: z.strictObject({ server: z.string(), name: z.string(), version: z.string(), definition: digest }),
  input: digest,
  parts: z.array(z.strictObject({ kind: partKind, op: partOp, target, before: State, after: State })),
})

/** Lines as a git patch. */
export const UnifiedDiff = z.strictObject({ type: z.literal("unified"), preview: z.string() })

const jsonValue = z.custom<JsonValue>((value) => value !== undefined)
const fieldChange = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("add"), path: z.string(), to: jsonValue }),
  z.strictObject({ op: z.literal("remove"), path: z.string(), from: jsonValue }),
  z.strictObject({ op: z.literal("replace"), path: z.string(), from: jsonValue, to: jsonValue }),
])
export const FieldsDiff = z
  .strictObject({ type: z.literal("json_patch"), preview: z.array(fieldChange) })
  .meta({
    description: "A JSON Patch computed from before and after; `from` is the old value, `to` the new.",
  })

const normalizedJson = z
  .strictObject({ type: z.literal("normalized_json"), preview: z.array(fieldChange), raw: z.string() })
  .meta({ description: "What a config means, before and after, and in `raw` the unified diff of its text." })

const message = z.strictObject({
  type: z.literal("message"),
  preview: z.strictObject({
    from: z.string(),
    replyTo: z.string().nullable(),
    recipients: z.array(
      z.strictObject({
        role: z.enum(["to", "cc", "bcc"]),
        address: z.string(),
        domain: z.string().nullable(),
        isFirst: z
          .boolean()
          .nullable()
          .meta({ description: "Nothing was sent there before; null = not known." }),
        imitates: z.string().nullable().meta({ description: "The known domain that this one looks like." }),
      }),
    ),
    subject: z.string().nullable(),
    body: z.string(),
    attachments: z.array(attachment),
  }),
})
const command = z.strictObject({ type: z.literal("command"), preview: Command })
const call = z.strictObject({ type: z.literal("call"), preview: jsonValue })

const partDiffs = [UnifiedDiff, FieldsDiff, normalizedJson, message, command, call] as const

/** What people read of a change (SPEC 9.1). One of several parts is `multi`, never one level deeper. */
export const DiffView = z.discriminatedUnion("type", [
  ...partDiffs,
  z.strictObject({ type: z.literal("multi"), parts: z.array(z.discriminatedUnion("type", [...partDiffs])) }),
])
