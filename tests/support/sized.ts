import { canonicalize, type JsonObject, type JsonValue } from "@deltaseal/guard/change"

/** Parts of every kind that wait to be given a size. Each file has a path of its own. */
let unique = 0

export const file = (changes: object = {}) => ({
  kind: "file",
  target: { workspace: "main", path: `${++unique}.txt` },
  before: null,
  after: { text: "x" },
  ...changes,
})
export const record = (changes: object = {}) => ({
  kind: "record",
  target: { system: "crm", type: "contact", id: "c" },
  before: null,
  after: { a: 1 },
  ...changes,
})
export const config = (format: string, text: string) => ({
  kind: "config",
  target: { system: "app", name: "a" },
  format,
  before: null,
  after: { text },
})
export const message = (changes: object = {}) => ({
  kind: "message",
  target: { channel: "email" },
  after: {
    from: "ana@northwind.example",
    replyTo: null,
    recipients: [{ role: "to", address: "bo@acme.example" }],
    subject: null,
    body: "",
    attachments: [],
    ...changes,
  },
})
export const command = (changes: object = {}) => ({
  kind: "command",
  target: { runner: "ci" },
  after: { argv: ["ls"], cwd: "/", env: [], stdinDigest: null, image: null, ...changes },
})

/** The same value with its filler made so long that its canonical form has so many bytes. */
function padded(bytes: number, of: (filler: string) => JsonValue): JsonValue {
  const bare = Buffer.byteLength(canonicalize(of("")), "utf8")
  return of("x".repeat(bytes - bare))
}
export const recordOf = (bytes: number) => padded(bytes, (a) => ({ a })) as JsonObject
export const messageOf = (bytes: number) => padded(bytes, (body) => message({ body }).after)
export const commandOf = (bytes: number) => padded(bytes, (last) => command({ argv: ["echo", last] }).after)
export const nested = (levels: number) => JSON.parse("[".repeat(levels) + "]".repeat(levels)) as JsonValue
export const path = (bytes: number) => `${"d/".repeat(400)}${"x".repeat(bytes - 800)}`
export const yamlOf = (bytes: number) => `a: 1\n#${"x".repeat(bytes - 7)}\n`

export function nodesOf(value: JsonValue): number {
  if (typeof value !== "object" || value === null) return 1
  return Object.values(value).reduce((sum: number, member) => sum + nodesOf(member), 1)
}
