import { afterAll, describe, expect, test } from "vitest"
import { canonicalize, sha256Hex, type JsonValue, type ProposedChange } from "@deltaseal/guard/change"
import { prepareChange } from "@/lib/changes/changes.service"
import { startDiffPool } from "@/lib/changes/diff-pool"
import { observedBefore, rememberedTarget } from "@/lib/changes/observed"
import { buildDiffWorker } from "./built-diff-worker"

const diffPool = startDiffPool({ workerFile: buildDiffWorker(), threads: 1 })
afterAll(() => diffPool.stop())

const digest = "0".repeat(64)
const tool = { server: "mail", name: "send", version: "1", definition: digest }
const message = {
  from: "Ana <ana@northwind.example>",
  replyTo: null,
  recipients: [{ role: "to", address: "bo@acme.example" }],
  subject: "Prices",
  body: "Hello\n",
  attachments: [],
}
const sent = { kind: "message", target: { channel: "email" }, after: message }
const command = {
  argv: ["git", "push", "--", "origin"],
  cwd: "/srv",
  env: [],
  stdinDigest: null,
  image: null,
}
const run = { kind: "command", target: { runner: "ci" }, after: command }
const moved = {
  kind: "file",
  target: { workspace: "main", path: "b.md", from: "a.md" },
  before: { text: "x\n" },
  after: { text: "x\n", mode: "100755" },
}
const config = (format: string, before: string | null, after: string | null) => ({
  kind: "config",
  target: { system: "app", name: "prod.yaml" },
  format,
  before: before === null ? null : { text: before },
  after: after === null ? null : { text: after },
})

const prepare = (parts: readonly unknown[], more: Partial<Parameters<typeof prepareChange>[1]> = {}) =>
  prepareChange(
    { tenantId: "ten_1", runId: "run_1", tool, input: { b: 1, a: "x" }, parts } as unknown as ProposedChange,
    { diffPool, ...more },
  )

describe("a move", () => {
  test("is shown as one, by both of its names", async () => {
    const { sentence, effects, flags, diff } = await prepare([moved])

    expect(sentence).toBe("Moves a.md to b.md in workspace main")
    expect(effects).toEqual(["moves 1 file", "makes b.md executable"])
    expect(flags).toEqual(["executable_bit"])
    expect(diff).toMatchObject({
      type: "unified",
      preview: expect.stringContaining("rename from a.md\nrename to b.md\n") as string,
    })
  })

  test("is observed at its source and at its destination, and remembered by both", async () => {
    const { parts, changeHash } = await prepare([moved])
    const [part] = parts
    if (part === undefined) throw new Error("There is a part.")

    expect(observedBefore(parts)).toMatchObject([{ state: "present", bytes: 2 }, { state: "absent" }])
    expect(rememberedTarget(part, changeHash)).toEqual({
      targetKey: '{"kind":"file","target":{"path":"b.md","workspace":"main"}}',
      beforeObserved: { state: "absent" },
      fromKey: '{"kind":"file","target":{"path":"a.md","workspace":"main"}}',
      fromObserved: parts[0]?.before,
    })
  })
})

describe("a message", () => {
  test("is shown whole, and bound by its canonical bytes", async () => {
    const { sentence, effects, parts, diff } = await prepare([sent])

    expect(sentence).toBe("Sends a message to bo@acme.example by email")
    expect(effects).toEqual(["emails 1 recipient", "reaches 1 domain: acme.example"])
    expect(diff).toMatchObject({ type: "message", preview: { subject: "Prices", body: "Hello\n" } })
    expect(parts[0]?.after).toMatchObject({ digest: sha256Hex(canonicalize(message as JsonValue)) })
    expect(Buffer.from(parts[0]?.afterBytes ?? []).toString()).toBe(canonicalize(message as JsonValue))
  })

  test("says how many are written to for the first time, however their addresses are spelled", async () => {
    const recipients = ["Bo <BO@acme.example>", "cy@acme.example", "dee@else.example"].map((address) => ({
      role: "to",
      address,
    }))
    const asked: string[] = []
    const knownRecipients = (addresses: readonly string[]) => {
      asked.push(...addresses)
      return Promise.resolve(new Set(["bo@acme.example"]))
    }

    const { effects } = await prepare([{ ...sent, after: { ...message, recipients } }], { knownRecipients })

    expect(asked).toEqual(["bo@acme.example", "cy@acme.example", "dee@else.example"])
    expect(effects[0]).toBe("emails 3 recipients, 2 for the first time")
  })

  test.each([
    [
      "a domain that looks like the sender's",
      { recipients: [{ role: "to", address: "x@n0rthwind.example" }] },
      "look_alike_domain",
    ],
    ["replies to another domain", { replyTo: "ana@gmail.example" }, "replies_elsewhere"],
    [
      "an attachment, which nobody can read here",
      { attachments: [{ name: "a.pdf", bytes: 1, digest }] },
      "uninspectable",
    ],
    ["a secret", { body: `key AKIA${"A".repeat(16)}` }, "secret_added"],
    ["a hidden character", { body: "4\u200b9" }, "hidden_characters"],
    ["a host in punycode", { recipients: [{ role: "to", address: "a@xn--e1awd7f.example" }] }, "confusable"],
    ["a line that nobody reads to its end", { body: "x".repeat(1_001) }, "long_lines"],
  ])("is flagged for %s", async (_, changes, flag) => {
    expect((await prepare([{ ...sent, after: { ...message, ...changes } }])).flags).toEqual([flag])
  })
})

describe("a command", () => {
  test("is shown argument by argument", async () => {
    const { sentence, effects, flags, diff } = await prepare([run])

    expect(sentence).toBe("Runs git push and 2 more arguments on ci")
    expect(effects).toEqual(["runs 1 command with 3 arguments in /srv"])
    expect(flags).toEqual([])
    expect(diff).toEqual({ type: "command", preview: command })
  })

  test.each([
    ["a shell that is given a line", { argv: ["/bin/bash", "-c", "rm -rf /"] }, "shell_command"],
    ["a shell behind another program", { argv: ["env", "sh", "-c", "x"] }, "shell_command"],
    ["a program in an argument", { argv: ["python3", "-c", "print(1)"] }, "shell_command"],
    ["an input known by its digest only", { stdinDigest: digest }, "uninspectable"],
    ["a line feed within an argument", { argv: ["printf", "a\nb"] }, "hidden_characters"],
    ["a program that only looks like one", { argv: ["gіt", "push"] }, "confusable"],
  ])("is flagged for %s", async (_, changes, flag) => {
    expect((await prepare([{ ...run, after: { ...command, ...changes } }])).flags).toEqual([flag])
  })

  test("names the variables it sets, and never a value", async () => {
    const { effects } = await prepare([{ ...run, after: { ...command, env: [{ name: "CI", digest }] } }])

    expect(effects).toContain("sets 1 variable: CI")
  })
})

test("a call is shown by its input", async () => {
  const { sentence, effects, diff, parts } = await prepare([
    { kind: "call", target: { server: "mail", name: "send" } },
  ])

  expect(sentence).toBe("Calls send on mail")
  expect(effects).toEqual(["passes 2 values: a, b"])
  expect(diff).toEqual({ type: "call", preview: { b: 1, a: "x" } })
  expect(Buffer.from(parts[0]?.afterBytes ?? []).toString()).toBe('{"a":"x","b":1}')
})

describe("a config", () => {
  test("is shown by what it means, and by its text", async () => {
    const before = "# sizes\nreplicas: 2\nimage: app:1\n"
    const { sentence, effects, diff, parts } = await prepare([
      config("yaml", before, before.replace("2", "30").replace("sizes", "size")),
    ])

    expect(sentence).toBe("Updates prod.yaml in app: replicas")
    expect(effects).toEqual(["touches 1 setting of prod.yaml", "changes /replicas from 2 to 30"])
    expect(diff).toMatchObject({
      type: "normalized_json",
      preview: [{ op: "replace", path: "/replicas", from: 2, to: 30 }],
      raw: expect.stringContaining("-# sizes\n-replicas: 2\n+# size\n+replicas: 30\n") as string,
    })
    expect(parts[0]?.after).toMatchObject({
      format: "yaml",
      value: sha256Hex('{"image":"app:1","replicas":30}'),
    })
  })

  test("says when nothing but the text moves", async () => {
    const { effects, flags } = await prepare([config("toml", "a = 1 # one\n", "a = 1 # uno\n")])

    expect(effects).toEqual(["changes only comments or layout of prod.yaml"])
    expect(flags).toEqual(["same_value"])
  })

  test.each([
    ["anchors", "a: &x 1\nb: *x\n"],
    ["tags", "a: !!str 1\n"],
    ["merge_keys", "<<: {a: 1}\n"],
    ["duplicate_keys", "a: 1\na: 2\n"],
  ] as const)("with %s is refused, and where a policy allows them flagged", async (feature, text) => {
    await expect(prepare([config("yaml", "a: 0\n", text)])).rejects.toMatchObject({
      code: "ambiguous_config",
    })

    const { flags } = await prepare([config("yaml", "a: 0\n", text)], { configFeatures: new Set([feature]) })
    expect(flags).toContain("ambiguous_config")
  })

  test("is read off the event loop when it is large, to the same hash", async () => {
    const large = Array.from({ length: 2_000 }, (_, at) => `k${at}: ${at}\n`).join("")
    const { parts } = await prepare([config("yaml", large, large.replace("k7: 7\n", "k7: seven\n"))])

    const value = Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`k${at}`, at]))
    expect(parts[0]?.before).toMatchObject({ value: sha256Hex(canonicalize(value)) })
    expect(parts[0]).toMatchObject({ added: 1, removed: 1 })
  })

  test.each([
    ["text that cannot be read", config("yaml", "a: 1\n", "a: 'x"), "invalid_content", "/parts/0/after"],
    ["a before that cannot be read", config("toml", "a=", "a=1"), "invalid_content", "/parts/0/before"],
  ])("is refused for %s, with its place", async (_, part, code, path) => {
    await expect(prepare([part])).rejects.toMatchObject({ code, reasons: [{ code, path }] })
  })

  test("may have 256 KiB of YAML and not a byte more", async () => {
    const text = (bytes: number) => `a: ${"x".repeat(bytes - 4)}\n`

    await expect(prepare([config("yaml", null, text(256 * 1024))])).resolves.toMatchObject({
      effects: ["creates 1 config"],
    })
    await expect(prepare([config("yaml", null, text(256 * 1024 + 1))])).rejects.toMatchObject({
      code: "content_too_large",
    })
  })
})

test("one change holds parts of every kind, each in its own way", async () => {
  const parts = [
    moved,
    config("json", "{}", '{"role":"admin"}'),
    sent,
    run,
    { kind: "call", target: { server: "mail", name: "send" } },
  ]

  const { diff, sentence, flags } = await prepare(parts)

  expect(diff).toMatchObject({
    type: "multi",
    parts: ["unified", "normalized_json", "message", "command", "call"].map((type) => ({ type })),
  })
  expect(sentence).toBe(
    "Moves a.md to b.md in workspace main; updates prod.yaml in app: role; sends a message to bo@acme.example by email; " +
      "runs git push and 2 more arguments on ci; calls send on mail",
  )
  expect(flags).toEqual(["sensitive_field", "executable_bit"])
})

test("what is sent is never taken for a target that has moved", async () => {
  const { parts, changeHash } = await prepare([sent, run])
  for (const part of parts) {
    const { targetKey, beforeObserved } = rememberedTarget(part, changeHash)
    expect(targetKey).toContain(changeHash)
    expect(beforeObserved).toEqual(part.after)
  }
})
