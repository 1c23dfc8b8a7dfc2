import { afterAll, expect, test } from "vitest"
import type { ProposedChange } from "@deltaseal/guard/change"
import { prepareChange } from "@/lib/changes/changes.service"
import { startDiffPool } from "@/lib/changes/diff-pool"
import { partFlags, type PartFlag } from "@/lib/changes/flags"
import { buildDiffWorker } from "./built-diff-worker"

/** Every effect and every flag that a change can have, each from a whole change and nothing else. */

const diffPool = startDiffPool({ workerFile: buildDiffWorker(), threads: 1 })
afterAll(() => diffPool.stop())

const digest = "0".repeat(64)
const secret = `AKIA${"A".repeat(16)}`
const tool = { server: "office", name: "work", version: "1", definition: digest }
const known = new Set(Array.from({ length: 9 }, (_, at) => `p${at}@acme.example`))

type Side = string | Readonly<{ text?: string; base64?: string; mode?: string }> | null
const contentOf = (side: Side) => (typeof side === "string" ? { text: side } : side)
const file = (before: Side, after: Side, path = "a.txt", more: object = {}) => ({
  kind: "file",
  target: { workspace: "main", path, ...more },
  before: contentOf(before),
  after: contentOf(after),
})
const record = (before: object | null, after: object | null, id = "c_1") => ({
  kind: "record",
  target: { system: "crm", type: "contact", id },
  before,
  after,
})
const config = (before: string, after: string, name = "prod.yaml") => ({
  kind: "config",
  target: { system: "app", name },
  format: "yaml",
  before: { text: before },
  after: { text: after },
})
const mail = (more: object = {}) => ({
  kind: "message",
  target: { channel: "email" },
  after: {
    from: "ana@northwind.example",
    replyTo: null,
    recipients: [{ role: "to", address: "p1@acme.example" }],
    subject: null,
    body: "Hello\n",
    attachments: [],
    ...more,
  },
})
const to = (...addresses: readonly string[]) => ({
  recipients: addresses.map((address) => ({ role: "to", address })),
})
const run = (argv: readonly string[], more: object = {}) => ({
  kind: "command",
  target: { runner: "ci" },
  after: { argv, cwd: "/srv", env: [], stdinDigest: null, image: null, ...more },
})
const call = { kind: "call", target: { server: "office", name: "work" } }

const prepare = (parts: readonly object[], input: object = {}) =>
  prepareChange({ tenantId: "ten_1", runId: "run_1", tool, input, parts } as unknown as ProposedChange, {
    diffPool,
    knownRecipients: (addresses) => Promise.resolve(new Set(addresses.filter((each) => known.has(each)))),
    configFeatures: new Set(["anchors"]),
  })

test.each<[what: string, parts: readonly object[], effects: readonly string[]]>([
  [
    "recipients, and how many of them are new",
    [mail(to(...Array.from({ length: 12 }, (_, at) => `p${at}@acme.example`)))],
    ["emails 12 recipients, 3 for the first time", "reaches 1 domain: acme.example"],
  ],
  [
    "files and lines that go",
    [file("x\n".repeat(300), null), file("y\n".repeat(40), null, "b.txt")],
    ["deletes 2 files, 340 lines"],
  ],
  ["files and lines that come", [file(null, "x\ny\n")], ["creates 1 file, 2 lines"]],
  ["files that change", [file("x\n", "y\nz\n")], ["updates 1 file, adds 2 lines, removes 1 line"]],
  ["a move", [file("x\n", "x\n", "b.txt", { from: "a.txt" })], ["moves 1 file"]],
  [
    "a mode that comes",
    [file("x\n", { text: "x\n", mode: "100755" })],
    ["updates 1 file", "makes a.txt executable"],
  ],
  [
    "a mode that goes",
    [file({ text: "x\n", mode: "100755" }, "x\n")],
    ["updates 1 file", "makes a.txt no longer executable"],
  ],
  ["a field", [record({ email: "a@a.example" }, { email: "b@a.example" })], ["touches /email on 1 contact"]],
  [
    "a field of several records",
    [record({ a: "x" }, { a: "y" }), record({ a: "x" }, { a: "y" }, "c_2")],
    ["touches /a on 2 contacts"],
  ],
  [
    "an amount, before and after",
    [record({ amount: 100 }, { amount: 250 })],
    ["touches /amount on 1 contact", "changes /amount from 100 to 250"],
  ],
  [
    "an amount kept as text",
    [record({ price: "49.90" }, { price: "4990.00" })],
    ["touches /price on 1 contact", "changes /price from 49.90 to 4990.00"],
  ],
  ["records that come", [record(null, { a: 1 })], ["creates 1 contact"]],
  ["records that go", [record({ a: 1 }, null)], ["deletes 1 contact"]],
  [
    "settings",
    [config("replicas: 2\n", "replicas: 9\n")],
    ["touches 1 setting of prod.yaml", "changes /replicas from 2 to 9"],
  ],
  [
    "a command, its variables, image and input",
    [run(["git", "push"], { env: [{ name: "CI", digest }], image: "node:22", stdinDigest: digest })],
    [
      "runs 1 command with 1 argument in /srv",
      'runs in image "node:22"',
      "sets 1 variable: CI",
      "feeds an input that is known by its digest only",
    ],
  ],
  ["a call", [call], ["passes its input"]],
  [
    "attachments and replies",
    [mail({ replyTo: "p2@acme.example", attachments: [{ name: "a.pdf", bytes: 1_200, digest }] })],
    [
      "emails 1 recipient, 0 for the first time",
      "reaches 1 domain: acme.example",
      "takes replies at p2@acme.example",
      "attaches 1 file, 1,200 bytes",
    ],
  ],
  [
    "what hides and what cannot be read",
    [file("49\n", "4\u200b9\n"), file(null, { base64: "AAH/" }, "b.bin")],
    [
      "creates 1 file",
      "updates 1 file, adds 1 line, removes 1 line",
      "shows 1 hidden character",
      "has 1 file that cannot be inspected",
    ],
  ],
])("says of a change: %s", async (_, parts, effects) => {
  expect((await prepare(parts)).effects).toEqual(effects)
})

type Flagged = readonly [what: string, part: object, flags: readonly PartFlag[], input?: object]

const flagged: readonly Flagged[] = [
  ["an ordinary file", file("x\n", "y\n"), []],
  ["an ordinary record", record({ a: "x" }, { a: "y" }), []],
  ["an ordinary message", mail(), []],
  ["an ordinary command", run(["git", "push"]), []],
  ["an ordinary call", call, [], { a: "x" }],

  ["a bidi override in a file", file("x\n", "x\u202ey\n"), ["hidden_characters"]],
  ["an invisible character in a record", record({ a: "49" }, { a: "4\u200b9" }), ["hidden_characters"]],
  ["an invisible character in a name", record({}, { "a\u2060b": 1 }), ["hidden_characters"]],
  ["a tag character in a subject", mail({ subject: "x\u{e0041}" }), ["hidden_characters"]],
  ["a bidi isolate in an argument", run(["echo", "a\u2066b"]), ["hidden_characters"]],
  ["an invisible character in an input", call, ["hidden_characters"], { a: "4\u200b9" }],
  ["an invisible character in a config", config("a: 49\n", "a: 4\u200b9\n"), ["hidden_characters"]],

  ["a path that imitates another one", file("x\n", "y\n", "dосs/a.txt"), ["confusable"]],
  ["a path it came from", file("x\n", "x\n", "b.txt", { from: "dосs/a.txt" }), ["confusable"]],
  ["an identifier in a file", file("x\n", "const pаypal = 1\n"), ["confusable"]],
  ["another such identifier", file("pаypal\n", "gооgle\n"), ["confusable"]],
  ["a host in a file", file("x\n", "see https://аррӏе.com/\n"), ["confusable"]],
  ["a field that imitates another one", record({}, { nаme: 1 }), ["confusable"]],
  ["a value that does", record({ site: "x" }, { site: "https://аррӏе.com/" }), ["confusable"]],
  ["a record's id", record({ a: "x" }, { a: "y" }, "с_1x"), ["confusable"]],
  ["a config's name", config("a: 1\n", "a: 2\n", "prоd.yaml"), ["confusable"]],
  ["a host in punycode", mail({ body: "https://xn--80ak6aa92e.com/\n" }), ["confusable"]],
  ["a word of a message", mail({ body: "Your pаypal account\n" }), ["confusable"]],
  ["a program", run(["gіt", "push"]), ["confusable"]],
  ["a host in an argument", run(["curl", "https://xn--80ak6aa92e.com/"]), ["confusable"]],
  ["a value of an input", call, ["confusable"], { to: "ana@аррӏе.com" }],

  ["a minified file", file("x\n", `${"y".repeat(1_001)}\n`), ["long_lines"]],
  ["a long line of a message", mail({ body: "y".repeat(1_001) }), ["long_lines"]],
  ["a long line of a record", record({ a: "x" }, { a: "y".repeat(1_001) }), ["long_lines"]],
  ["a long argument", run(["echo", "y".repeat(1_001)]), ["long_lines"]],
  ["a long line of an input", call, ["long_lines"], { a: "y".repeat(1_001) }],

  ["only blanks in a file", file("a b\n", "a  b\n"), ["whitespace_only"]],
  ["only blanks in a record", record({ a: "x y", b: 1 }, { a: "x  y", b: 1 }), ["whitespace_only"]],
  ["blanks and more in a record", record({ a: "x y", b: 1 }, { a: "x  y", b: 2 }), []],
  ["only line ends in a file", file("a\nb\n", "a\r\nb\r\n"), ["line_endings_only"]],
  ["only line ends in a record", record({ a: "x\ny" }, { a: "x\r\ny" }), ["line_endings_only"]],

  ["a secret in a file", file("x\n", `${secret}\n`), ["secret_added"]],
  ["a secret in a record", record({ a: "x" }, { a: secret }), ["secret_added"]],
  ["a secret in a config", config("a: x\n", `a: ${secret}\n`), ["secret_added"]],
  ["a secret in a message", mail({ body: secret }), ["secret_added"]],
  ["a secret in an argument", run(["echo", secret]), ["secret_added"]],
  ["a secret in an input", call, ["secret_added"], { a: secret }],
  ["a secret that goes", file(`${secret}\n`, "x\n"), []],

  ["an executable", file(null, { text: "x\n", mode: "100755" }), ["executable_bit"]],
  ["a permission of a record", record({ isAdmin: false }, { isAdmin: true }), ["sensitive_field"]],
  ["a permission deep in a record", record({}, { a: [{ role: "owner" }] }), ["sensitive_field"]],
  ["an identity in a config", config("email: a\n", "email: b\n"), ["sensitive_field"]],
  ["a permission in an input", call, ["sensitive_field"], { grant: "all" }],

  ["a binary", file(null, { base64: "AAH/" }), ["uninspectable"]],
  ["an attachment", mail({ attachments: [{ name: "a.pdf", bytes: 1, digest }] }), ["uninspectable"]],
  ["an input known by its digest", run(["cat"], { stdinDigest: digest }), ["uninspectable"]],
  ["what is too much to compare", file(lines(50_001), lines(1)), ["diff_degraded", "large_change"]],
  ["many lines", file(null, lines(1_001)), ["large_change"]],

  ["a look-alike of the sender", mail(to("x@n0rthwind.example")), ["look_alike_domain"]],
  ["a look-alike of who is known", mail(to("p1@acme.example", "x@acme.example.co")), ["look_alike_domain"]],
  ["replies elsewhere", mail({ replyTo: "ana@else.example" }), ["replies_elsewhere"]],
  ["a shell", run(["bash", "-c", "ls"]), ["shell_command"]],
  ["a shell of another name", run(["/bin/ash", "-c", "ls"]), ["shell_command"]],
  ["a program behind options", run(["python3", "-u", "-c", "print(1)"]), ["shell_command"]],
  ["a program in an option", run(["node", "--eval=1"]), ["shell_command"]],
  ["a program after a subcommand", run(["deno", "eval", "1"]), ["shell_command"]],
  ["a script with options of its own", run(["node", "app.js", "-e", "prod"]), []],
  ["anchors", config("a: 1\n", "a: &x 2\nb: *x\n"), ["ambiguous_config"]],
  ["a comment", config("a: 1 # one\n", "a: 1 # uno\n"), ["same_value"]],
]

function lines(count: number): string {
  return Array.from({ length: count }, (_, at) => `${at}\n`).join("")
}

test.each(flagged.map(([what, part, flags, input]) => ({ what, part, flags, input: input ?? {} })))(
  "flags $what",
  async ({ part, flags, input }) => {
    expect((await prepare([part], input)).flags).toEqual(flags)
  },
)

test("no flag is left that nothing here has", () => {
  expect(partFlags.filter((flag) => !flagged.some(([, , flags]) => flags.includes(flag)))).toEqual([])
})
