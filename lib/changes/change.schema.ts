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
  }),
  before: FileContent.nullable(),
  after: FileContent.nullable(),
})

export const ChangePart = z.discriminatedUnion("kind", [FilePart])

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

const unified = z.strictObject({ type: z.literal("unified"), preview: z.string() })

/** What people read of a change (SPEC 9.1). One of several parts is `multi`, never one level deeper. */
export const DiffView = z.discriminatedUnion("type", [
  unified,
  z.strictObject({ type: z.literal("multi"), parts: z.array(unified) }),
])
