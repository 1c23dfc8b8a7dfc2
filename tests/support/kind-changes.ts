import { writeFile } from "./calls"

/** A change of one kind, and what its page must say. */
export type KindChange = Readonly<{ name: string; parts: readonly object[]; says: readonly string[] }>

const digest = "ab".repeat(32)
/** Whatever content may try: to be markup, a link, an image, or a part of our page. */
export const hostile = `<img src=x onerror=alert(1)> <b>bold</b> [link](https://evil.example) </script><script>alert(2)</script>`

const before = Array.from({ length: 12 }, (_, at) => `line ${at} stays where it is`)
const block = ["export function price() {", "  return 49 // euros a month", "}", "const currency = EUR"]
const lines = (some: readonly string[]) => ({ text: some.map((line) => `${line}\n`).join("") })
const file = (path: string, from: object | null, to: object | null) => ({
  kind: "file",
  target: { workspace: "main", path },
  before: from,
  after: to,
})

const message = {
  kind: "message",
  target: { channel: "email" },
  after: {
    from: "ana@northwind.example",
    replyTo: "offers@n0rthwind.example",
    recipients: [
      { role: "to", address: "bo@acme.example" },
      { role: "to", address: "cy@acme.example" },
      { role: "bcc", address: "dan@n0rthwind.example" },
    ],
    subject: "Prices from January",
    body: `Dear all,\n\nour prices change: 4\u200b9 euros.\n${hostile}\n`,
    attachments: [{ name: "prices.pdf", bytes: 48_213, digest }],
  },
}

const command = {
  kind: "command",
  target: { runner: "ci" },
  after: {
    argv: ["sh", "-c", "npm test && rm -rf dist", "two\nlines", "", "last one "],
    cwd: "/srv/app",
    env: [{ name: "CI_TOKEN", digest }],
    stdinDigest: digest,
    image: "node:22",
  },
}

const config = {
  kind: "config",
  target: { system: "deploy", name: "prod.yaml" },
  format: "yaml",
  before: { text: "replicas: 2\nregion: eu\n" },
  after: { text: "# raised for the fair\nreplicas: 3\nregion: eu\n" },
}

const record = {
  kind: "record",
  target: { system: "crm", type: "contact", id: "c_101" },
  before: { stage: "Lead", note: null, amount: 1000, tags: ["a", ["b", 1]], gone: true },
  after: {
    stage: "MQL\u202e",
    amount: 1900,
    tags: ["a", ["b", 2, null]],
    nothing: null,
    bio: hostile,
    address: {
      street: "Long Street 12, in the back, second floor",
      city: "Utrecht",
      zip: "3511 AB",
      country: "NL",
    },
  },
}

const binary = file("logo.png", { base64: "iVBORw0KGgoAAAANAA==" }, { base64: "iVBORw0KGgoAAAANAAEC" })
const move = {
  kind: "file",
  target: { workspace: "main", path: "docs/new.md", from: "docs/old.md" },
  before: { text: "as it is\n" },
  after: { text: "as it is\n" },
}
const mode = file("bin/run.sh", { text: "#!/bin/sh\n" }, { text: "#!/bin/sh\n", mode: "100755" })
const call = { kind: "call", target: { server: writeFile.server, name: writeFile.name } }
const moved = file("src/price.ts", lines([...block, ...before]), lines([...before, ...block]))

/** One change of each kind, and of each look that a file can have. */
export const kindChanges: readonly KindChange[] = [
  {
    name: "file whose lines moved",
    parts: [moved],
    says: ["4 lines moved to line 13", "4 lines moved from line 1"],
  },
  {
    name: "binary",
    parts: [binary],
    says: ["cannot be inspected", "first bytes", "89 50 4e 47", "15 bytes"],
  },
  { name: "move", parts: [move], says: ["docs/old.md", "docs/new.md", "The content stays as it is"] },
  { name: "mode", parts: [mode], says: ["100644 (not executable)", "100755 (executable)", "executable bit"] },
  {
    name: "record",
    parts: [record],
    says: [
      "/nothing",
      "null",
      "/note",
      "/gone",
      "removed",
      "U+202E RIGHT-TO-LEFT OVERRIDE",
      "/tags/1/1",
      hostile.slice(0, 24),
    ],
  },
  {
    name: "config",
    parts: [config],
    says: ["/replicas", "Its text", "also comments, order and layout", "# raised for the fair"],
  },
  {
    name: "message",
    parts: [message],
    says: [
      "3 recipients at 2 domains, all for the first time",
      "looks like northwind.example",
      "replies go to another domain",
      "U+200B ZERO WIDTH SPACE",
      "48,213 bytes",
      "Prices from January",
    ],
  },
  {
    name: "command",
    parts: [command],
    says: [
      "6 arguments, one per line",
      "U+000A LINE FEED",
      "node:22",
      "CI_TOKEN",
      "U+0020 SPACE",
      "/srv/app",
    ],
  },
  { name: "call", parts: [call], says: ["The whole input", '"content": '] },
]

/** A hundred parts of every kind there is. */
export function mixedParts(): readonly object[] {
  const files = Array.from({ length: 93 }, (_, at) =>
    file(`docs/page-${String(at).padStart(2, "0")}.md`, { text: `old ${at}\n` }, { text: `new ${at}\n` }),
  )
  return [message, command, config, record, binary, move, mode, ...files]
}
