import {
  applyPatch,
  buildEnvelope,
  changeHash,
  type JsonValue,
  type PatchOperation,
} from "@deltaseal/guard/change"
import { configDigest } from "@deltaseal/guard/config"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { CanarySource, Deviation } from "@/lib/canaries/deviation"
import { deviationsOf } from "@/lib/canaries/deviations"

const stands = fc.constantFrom("before", "after")
const seeds = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString("hex"))
const words = fc.array(fc.constantFrom("Price", "49", "true", "opens at 9", "", "a", "12.50", "ünï"), {
  maxLength: 12,
})
const texts = words.map((lines) => lines.join("\n"))
const names = fc.constantFrom(
  "docs/a.md",
  "site/index.html",
  "run.sh",
  "app.ts",
  "a.py",
  "style.css",
  "a.sql",
  "data.json",
  "LICENSE",
  "x.bin",
)

function written(path: string, before: string | null, after: string): CanarySource["part"] {
  return {
    kind: "file",
    target: { workspace: "main", path },
    before: before === null ? null : { text: before },
    after: { text: after },
  }
}

/** Whole files, as a tool that writes them asks. */
const wholeFiles: fc.Arbitrary<CanarySource> = fc
  .record({ path: names, before: fc.option(texts), after: texts, stands })
  .filter(({ before, after }) => before !== after)
  .map(({ path, before, after, stands: standing }) => ({
    ...{ input: { path, content: after }, part: written(path, before, after), stands: standing },
  }))

/** One piece of a file in the place of another, as a tool that edits asks. */
const edits: fc.Arbitrary<CanarySource> = fc
  .record({
    path: names,
    head: texts,
    find: fc.constantFrom("FIND ME", "FIND\nTHIS"),
    replace: texts,
    tail: texts,
    stands,
  })
  .map(({ path, head, find, replace, tail, stands: standing }) => ({
    input: { path, old_string: find, new_string: replace },
    part: written(path, `${head}\n${find}\n${tail}`, `${head}\n${replace}\n${tail}`),
    stands: standing,
  }))

const values = fc.oneof(
  fc.integer({ min: -5_000, max: 5_000 }),
  fc.constantFrom("Lead", "ana@client.test", "", "x"),
)

/** Fields of a record, as a tool that takes a patch asks. */
const patches: fc.Arbitrary<CanarySource> = fc
  .record({
    before: fc.dictionary(fc.constantFrom("a", "b", "c"), values),
    field: fc.constantFrom("a", "b", "d"),
    value: values,
    stands,
  })
  .map(({ before, field, value, stands: standing }) => {
    const patch = [{ op: "add", path: `/${field}`, value }]
    return {
      input: { contactId: "c_1", patch },
      part: {
        ...{ kind: "record", target: { system: "crm", type: "contact", id: "c_1" } },
        ...{ version: "7", before, after: { ...before, [field]: value } },
      },
      stands: standing,
    }
  })

const messages: fc.Arbitrary<CanarySource> = fc
  .record({
    to: fc.uniqueArray(fc.constantFrom("a@client.test", "b@client.test"), { minLength: 1 }),
    body: texts,
    stands,
  })
  .map(({ to, body, stands: standing }) => ({
    input: { to, subject: "Offer", body },
    part: {
      kind: "message",
      target: { channel: "smtp" },
      after: {
        ...{ from: "office@client.test", replyTo: null, subject: "Offer", body, attachments: [] },
        recipients: to.map((address) => ({ role: "to" as const, address })),
      },
    },
    stands: standing,
  }))

const configs: fc.Arbitrary<CanarySource> = fc
  .record({ port: fc.nat(9_000), tls: fc.boolean(), stands })
  .map(({ port, tls, stands: standing }) => {
    const text = (on: boolean, at: number) => `server:\n  port: ${at}\n  tls: ${on}\n`
    return {
      input: { name: "app.yaml", text: text(tls, port) },
      part: {
        ...{ kind: "config", target: { system: "office", name: "app.yaml" }, format: "yaml" },
        ...{ before: { text: text(!tls, port) }, after: { text: text(tls, port) } },
      },
      stands: standing,
    }
  })

test("there is none that would leave a record as it stands", () => {
  const input = { contactId: "c_1", patch: [{ op: "add", path: "/b", value: "Lead" }] }
  const target = { system: "crm", type: "contact", id: "c_1" }
  const part = { kind: "record", target, version: "7", before: { b: "" }, after: { b: "Lead" } } as const
  expect(deviationsOf({ input, part, stands: "before" }, "0".repeat(64))).toEqual([])
  expect(
    deviationsOf({ input, part: { ...part, before: { b: "x" } }, stands: "before" }, "0".repeat(64)),
  ).toHaveLength(1)
})

test("there is none of a piece that is in the text at two places, also where these overlap", () => {
  const [line, find] = ["opens at 9", "FIND ME"]
  const input = { path: "docs/a.md", old_string: find, new_string: `${line}\n${line}` }
  const [before, after] = [`${line}\n${find}\n`, `${line}\n${line}\n${line}\n`]
  const source = { input, part: written("docs/a.md", before, after) }
  expect(deviationsOf({ ...source, stands: "after" }, "0".repeat(64))).toEqual([])
  expect(deviationsOf({ ...source, stands: "before" }, "0".repeat(64))).not.toEqual([])
})

const sources = fc.oneof(wholeFiles, edits, patches, messages, configs)

describe("every deviation of every change that people approved", () => {
  test("is a valid change from what stands there now to something else than they approved", () => {
    eachDeviation(({ part, stands: standing }, made) => {
      const envelope = buildEnvelope(proposed(made), { configDigest })
      expect(changeHash(envelope)).toMatch(/^[0-9a-f]{64}$/)
      expect(made.part.target).toEqual(part.target)
      expect(made.part.after).not.toEqual(part.after)
      if (part.kind !== "message" && made.part.kind === part.kind) {
        expect(made.part.before).toEqual(standing === "after" ? part.after : part.before)
      }
    })
  })

  test("differs in exactly one thing, which its words tell", () => {
    eachDeviation(({ part }, made) => {
      expect(made.words).toMatch(/^It .+\.$/)
      expect(differences(part, made.part), JSON.stringify([part, made.part])).toBe(1)
    })
  })

  test("is asked for by an input that does just this", () => {
    eachDeviation(({ input: source }, { input, part }) => {
      expect(Object.keys(input as object)).toEqual(Object.keys(source as object))
      const asked = input as Record<string, JsonValue>
      if (part.kind === "record") {
        expect(applyPatch(part.before ?? {}, asked["patch"] as unknown as PatchOperation[])).toEqual(
          part.after,
        )
      } else if (part.kind === "message") {
        expect([asked["to"], asked["body"]]).toEqual([
          part.after.recipients.map(({ address }) => address),
          part.after.body,
        ])
      } else if ("old_string" in asked) {
        const [before, after] = [part.before, part.after].map((content) => (content as { text: string }).text)
        expect(before?.split(asked["old_string"] as string).join(asked["new_string"] as string)).toBe(after)
      } else {
        expect(asked["content"] ?? asked["text"]).toBe((part.after as { text: string }).text)
      }
    })
  })

  test("is the same for the same seed, and names nobody who could be there", () => {
    eachDeviation((source, made, seed) => {
      expect(deviationsOf(source, seed)).toContainEqual(made)
      const hosts = JSON.stringify(made.part).match(/(?<=[@.])[a-z-]+\.example/g) ?? []
      expect(JSON.stringify(made)).not.toMatch(/https?:\/\/(?![\w.-]+\.example\/)/)
      expect(new Set(hosts).size).toBeLessThanOrEqual(1)
    })
  })
})

test.each([
  ["a page", "site/index.html", "<p>49</p>\n", ["emptied", "foreign_line", "hundredfold"]],
  ["words", "docs/a.md", "Starter: 49\n", ["emptied", "foreign_line", "hundredfold"]],
  ["settings", "data.json", '{"rate": 12, "open": true}\n', ["emptied", "hundredfold", "switched"]],
  ["nothing to be spoiled", "x.bin", "", []],
])("of %s there are these", (_, path, after, codes) => {
  const source = {
    input: { path, content: after },
    part: written(path, "old\n", after),
    stands: "before",
  } as const
  expect(
    deviationsOf(source, "seed")
      .map(({ code }) => code)
      .sort(),
  ).toEqual(codes)
})

test.each([
  ["an input that says nothing of what is written", { path: "a.md" }],
  ["an input that says it twice", { content: "new 5\n", again: "new 5\n" }],
  ["an input that says something else", { content: "other" }],
])("of %s none is made, for the page would show that they do not fit", (_, input) => {
  expect(
    deviationsOf({ input, part: written("a.md", "old\n", "new 5\n"), stands: "before" }, "seed"),
  ).toEqual([])
})

function eachDeviation(check: (source: CanarySource, made: Deviation, seed: string) => void): void {
  let count = 0
  fc.assert(
    fc.property(sources, seeds, (source, seed) => {
      for (const made of deviationsOf(source, seed)) {
        count += 1
        check(source, made, seed)
      }
    }),
    { numRuns: 300 },
  )
  expect(count).toBeGreaterThan(100)
}

function proposed({ input, part }: Deviation) {
  return {
    ...{
      tenantId: "ten_01J00000000000000000000000",
      runId: "run_01J00000000000000000000000",
      input,
      parts: [part],
    },
    tool: { server: "s", name: "t", version: "1", definition: "0".repeat(64) },
  }
}

/** How many things two contents differ in: lines of texts, members of lists and objects. */
function differences(approved: CanarySource["part"], made: CanarySource["part"]): number {
  if (approved.kind === "message" && made.kind === "message") {
    const more = made.after.recipients.length - approved.after.recipients.length
    return more + Number(made.after.body !== approved.after.body)
  }
  if (approved.kind === "record" && made.kind === "record") {
    const [one, other] = [approved.after ?? {}, made.after ?? {}]
    return Object.keys({ ...one, ...other }).filter((name) => one[name] !== other[name]).length
  }
  const [one, other] = [approved, made].map(({ after }) => (after as { text: string }).text.split("\n"))
  if (one === undefined || other === undefined || other.join("") === "") return 1
  const [shorter, longer] = one.length < other.length ? [one, other] : [other, one]
  if (longer.length - shorter.length > 1) return longer.length - shorter.length
  const first = longer.findIndex((line, index) => line !== shorter[index])
  const isInserted = shorter.slice(first).join("\n") === longer.slice(first + 1).join("\n")
  const isReplaced = shorter.slice(first + 1).join("\n") === longer.slice(first + 1).join("\n")
  return isInserted || isReplaced ? 1 : 2
}
