import fc from "fast-check"
import { stringify as toml } from "smol-toml"
import { stringify as yaml } from "yaml"
import { buildEnvelope, changeHash, ChangeError, type ProposedChange } from "@deltaseal/guard/change"
import { configDigest } from "@deltaseal/guard/config"

/** Changes of every kind and op, for promises about all of them. */

const word = fc.stringMatching(/^[a-z]{1,12}$/)
const digest = fc.stringMatching(/^[0-9a-f]{64}$/)
const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.array(fc.constantFrom("a\n", "b\r\n", "c", "\n", "\u202e\n", "é\n"), { maxLength: 12 }).map(joined),
)
const mode = fc.constantFrom({}, { mode: "100644" }, { mode: "100755" })
const content = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(text, mode).map(([said, more]) => ({ text: said, ...more })) },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => ({
      base64: Buffer.from(bytes).toString("base64"),
    })),
  },
)
const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
const record = fc.dictionary(word, fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })), { maxKeys: 5 })
const settings = fc.dictionary(
  word,
  fc.oneof(word, fc.integer(), fc.boolean(), fc.array(word, { maxLength: 3 })),
  {
    maxKeys: 4,
  },
)

const file = fc.record({
  kind: fc.constant("file"),
  target: fc.record({ workspace: word, path: word }),
  before: fc.option(content),
  after: fc.option(content),
})
const moved = fc
  .tuple(word, word, word, text, mode, mode)
  .map(([workspace, from, path, said, old, next]) => ({
    kind: "file",
    target: { workspace, path, from },
    before: { text: said, ...old },
    after: { text: said, ...next },
  }))
const crm = fc.record(
  {
    kind: fc.constant("record"),
    target: fc.record({ system: word, type: word, id: word }),
    before: fc.option(record),
    after: fc.option(record),
    version: word,
  },
  { requiredKeys: ["kind", "target", "before", "after"] },
)
const patched = fc.tuple(word, record, word, scalar).map(([id, before, name, value]) => ({
  kind: "record",
  target: { system: "crm", type: "contact", id },
  before,
  patch: [{ op: "add", path: `/${name}`, value }],
}))
const written = { json: (value: object) => JSON.stringify(value), yaml: (value: object) => yaml(value), toml }
const config = fc
  .tuple(word, word, fc.constantFrom("json", "yaml", "toml"), fc.option(settings), fc.option(settings))
  .map(([system, name, format, before, after]) => ({
    kind: "config",
    target: { system, name },
    format,
    before: before && { text: written[format](before) },
    after: after && { text: written[format](after) },
  }))
const message = fc.record({
  kind: fc.constant("message"),
  target: fc.record({ channel: word }),
  after: fc.record({
    from: word,
    replyTo: fc.option(word),
    recipients: fc.uniqueArray(fc.record({ role: fc.constantFrom("to", "cc", "bcc"), address: word }), {
      minLength: 1,
      maxLength: 4,
      selector: ({ address }) => address,
    }),
    subject: fc.option(word),
    body: fc.string(),
    attachments: fc.array(fc.record({ name: word, bytes: fc.nat(), digest }), { maxLength: 2 }),
  }),
})
const command = fc.record({
  kind: fc.constant("command"),
  target: fc.record({ runner: word }),
  after: fc.record({
    argv: fc.array(word, { minLength: 1, maxLength: 5 }),
    cwd: word,
    env: fc.uniqueArray(fc.record({ name: word, digest }), { maxLength: 3, selector: ({ name }) => name }),
    stdinDigest: fc.option(digest),
    image: fc.option(word),
  }),
})
const called = fc.constant({ kind: "call" })

type Part = Readonly<{ kind: string; target?: object }>
const part: fc.Arbitrary<Part> = fc.oneof(file, moved, crm, patched, config, message, command, called)

/** Any change that has a hash: its parts are of any kinds, each at a target of its own. */
export const arbitraryChange: fc.Arbitrary<ProposedChange> = fc
  .record({
    tenantId: word,
    runId: word,
    tool: fc.record({ server: word, name: word, version: word, definition: digest }),
    input: record,
    parts: fc.array(part, { minLength: 1, maxLength: 4 }),
  })
  .map(({ parts, ...change }) => ({ ...change, parts: parts.map((each) => atTool(each, change.tool)) }))
  .map((value) => value as unknown as ProposedChange)
  .filter((value) => hashOf(value) !== undefined)

/** Undefined for what has no hash because it is refused. */
export function hashOf(value: ProposedChange): string | undefined {
  try {
    return changeHash(buildEnvelope(value, { configDigest }))
  } catch (error) {
    if (error instanceof ChangeError) return undefined
    throw error
  }
}

/** A call is about the tool that is called. */
function atTool(each: Part, { server, name }: Readonly<{ server: string; name: string }>): Part {
  return each.kind === "call" ? { ...each, target: { server, name } } : each
}

function joined(pieces: readonly string[]): string {
  return pieces.join("")
}
