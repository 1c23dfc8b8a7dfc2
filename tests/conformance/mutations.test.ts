import fc from "fast-check"
import { expect, test, vi } from "vitest"
import {
  buildEnvelope,
  changeHash,
  ChangeError,
  type JsonValue,
  type ProposedChange,
} from "@deltaseal/guard/change"
import { configDigest } from "@deltaseal/guard/config"

// A thousand generated changes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

const word = fc.stringMatching(/^[a-z]{1,12}$/)
const digest = fc.stringMatching(/^[0-9a-f]{64}$/)
const content = fc.string({ maxLength: 40 }).map((text) => ({ text: text.replaceAll("\0", "") }))
const record = fc.dictionary(word, fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)))

const file = fc.record({
  kind: fc.constant("file"),
  target: fc.record({ workspace: word, path: word }),
  before: fc.option(content),
  after: content,
})
const crm = fc.record({
  kind: fc.constant("record"),
  target: fc.record({ system: word, type: word, id: word }),
  before: fc.option(record),
  after: record,
})
const config = fc.record({
  kind: fc.constant("config"),
  target: fc.record({ system: word, name: word }),
  format: fc.constant("json"),
  before: fc.constant(null),
  after: record.map((value) => ({ text: JSON.stringify(value) })),
})
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

const change = fc
  .record({
    tenantId: word,
    runId: word,
    tool: fc.record({ server: word, name: word, version: word, definition: digest }),
    input: record,
    parts: fc.array(fc.oneof(file, crm, config, message, command), { minLength: 1, maxLength: 4 }),
  })
  .map((value) => value as unknown as ProposedChange)
  .filter((value) => hashOf(value) !== undefined)

test("flipping any one field of any change gives another hash, or no hash at all", () => {
  let flipped = 0
  fc.assert(
    fc.property(change, fc.nat(), (original, pick) => {
      const places = leavesOf(original as unknown as JsonValue)
      const place = places[pick % places.length] ?? []
      const other = hashOf(withFlipped(original, place))
      if (other !== undefined) flipped++
      expect(other).not.toBe(hashOf(original))
    }),
    { numRuns: 1_000, seed: 20_261_122 },
  )
  // Refusing every mutation would pass as well, and prove nothing.
  expect(flipped).toBeGreaterThan(600)
})

test("two changes that are not the same never share a hash", () => {
  const seen = new Map<string, string>()
  fc.assert(
    fc.property(change, (value) => {
      const hash = hashOf(value) ?? ""
      // Absent and written out, a mode is the same mode: what is compared is what the envelope says.
      const said = JSON.stringify(buildEnvelope(value, { configDigest }))
      expect(seen.get(hash) ?? said).toBe(said)
      seen.set(hash, said)
    }),
    { numRuns: 1_000, seed: 7 },
  )
})

function hashOf(value: ProposedChange): string | undefined {
  try {
    return changeHash(buildEnvelope(value, { configDigest }))
  } catch (error) {
    if (error instanceof ChangeError) return undefined
    throw error
  }
}

/** The paths of all strings, numbers and booleans. */
function leavesOf(value: JsonValue, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path]
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, [...path, name]))
}

/** A copy in which one leaf says something else of its own type; in a text one character is another one. */
function withFlipped(original: ProposedChange, path: readonly string[]): ProposedChange {
  const copy = structuredClone(original) as unknown as Record<string, unknown>
  const last = path.at(-1) ?? ""
  const holder = path.slice(0, -1).reduce((at, name) => at[name] as Record<string, unknown>, copy)
  holder[last] = flipped(holder[last])
  return copy as unknown as ProposedChange
}

function flipped(value: unknown): unknown {
  if (typeof value === "number") return value + 1
  if (typeof value === "boolean") return !value
  if (typeof value !== "string") return "a"
  if (value === "") return "a"
  const at = value.length >> 1
  return `${value.slice(0, at)}${value[at] === "a" ? "b" : "a"}${value.slice(at + 1)}`
}
