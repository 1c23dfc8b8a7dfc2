import fc from "fast-check"
import { describe, expect, test, vi } from "vitest"
import {
  assertEnvelope,
  assertName,
  assertPath,
  buildEnvelope,
  canonicalize,
  changeHash,
  ChangeError,
  contentBytes,
  contentBytesMax,
  fileContent,
  fileState,
  parseStrictJson,
  type FileContent,
  type JsonValue,
  type ProposedChange,
} from "@deltaseal/guard/change"

// Hundreds of generated values, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 })

describe("the canonical form", () => {
  const selfish: Record<string, unknown> = {}
  selfish.self = selfish
  test.each([
    ["undefined", undefined],
    ["a member that is undefined", { a: undefined }],
    ["a hole in an array", new Array(1)],
    ["NaN", [NaN]],
    ["infinity", [Infinity]],
    ["a bigint", 1n],
    ["a function", { toJSON: () => 1 }],
    ["a Date", new Date(0)],
    ["a Map", new Map()],
    ["bytes", new Uint8Array(1)],
    ["a boxed string", Object("a")],
    ["a class instance", new URL("https://a.example")],
    ["a symbol member", { [Symbol("a")]: 1 }],
    ["a lone surrogate", "\ud800"],
    ["a lone surrogate in a name", { "\udc00": 1 }],
    ["itself inside itself", selfish],
  ])("refuses %s", (_, value) => {
    expect(() => canonicalize(value as JsonValue)).toThrow(
      expect.objectContaining({ code: "not_canonicalizable" }),
    )
  })

  test("does not depend on the order of members", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse())
        expect(canonicalize(reversed)).toBe(canonicalize(value))
      }),
    )
  })

  test("calls no toJSON, even one that is data", () => {
    expect(canonicalize({ toJSON: "x" })).toBe('{"toJSON":"x"}')
  })
})

describe("the change hash", () => {
  test("differs when any byte of any content differs", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (after, at, flip) => {
          const flipped = Uint8Array.from(after)
          flipped[at % after.length] = (after[at % after.length] ?? 0) ^ flip
          const hashOf = (bytes: Uint8Array) =>
            changeHash(buildEnvelope(aChange({ after: fileContent(bytes) })))
          expect(hashOf(flipped)).not.toBe(hashOf(after))
        },
      ),
    )
  })

  test("differs when any string of the envelope differs", () => {
    const envelope = buildEnvelope(aChange({}))
    const canonical = canonicalize(envelope)
    const hash = changeHash(envelope)
    let accepted = 0
    for (let at = 0; at < canonical.length; at++) {
      const other = canonical.slice(0, at) + (canonical[at] === "0" ? "1" : "0") + canonical.slice(at + 1)
      const changed = tryHash(other)
      expect(changed).not.toBe(hash)
      if (changed !== undefined) accepted++
    }
    // Digests and names take another character: the loop must not pass by refusing everything.
    expect(accepted).toBeGreaterThan(canonical.length / 3)
  })

  test("is the same for text and for base64 of the same bytes", () => {
    const bytes = new TextEncoder().encode("é\r\n")
    const base64 = Buffer.from(bytes).toString("base64")
    const hashes = [{ text: "é\r\n" }, { base64 }].map((after) =>
      changeHash(buildEnvelope(aChange({ after }))),
    )
    expect(hashes[0]).toBe(hashes[1])
  })

  test("refuses an envelope that it could not stand for", () => {
    const envelope = { ...buildEnvelope(aChange({})), note: "hidden" }
    expect(() => changeHash(envelope)).toThrow(expect.objectContaining({ code: "invalid_envelope" }))
  })

  test("an envelope read from the wire is accepted as it was built", () => {
    const envelope = buildEnvelope(aChange({}))
    const read = parseStrictJson(new TextEncoder().encode(JSON.stringify(envelope)))
    expect(changeHash(assertEnvelope(read))).toBe(changeHash(envelope))
  })
})

describe("contents", () => {
  test("any bytes travel and come back", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const travelled = parseStrictJson(new TextEncoder().encode(JSON.stringify(fileContent(bytes))))
        expect(Buffer.from(contentBytes(travelled as FileContent))).toEqual(Buffer.from(bytes))
      }),
    )
  })

  test.each([
    ["a byte order mark", "\ufeffa"],
    ["U+0000", "a\0b"],
  ])("keep %s as text", (_, text) => {
    expect(fileContent(new TextEncoder().encode(text))).toEqual({ text })
  })

  test("may have 2 MiB and not a byte more", () => {
    expect(fileState({ text: "a".repeat(contentBytesMax) })).toMatchObject({ bytes: contentBytesMax })
    for (const content of [
      { text: "a".repeat(contentBytesMax + 1) },
      { base64: Buffer.alloc(contentBytesMax + 1).toString("base64") },
      { text: "é".repeat(contentBytesMax / 2 + 1) },
    ]) {
      expect(() => fileState(content)).toThrow(expect.objectContaining({ code: "content_too_large" }))
    }
  })

  test("refuse half a character", () => {
    expect(() => contentBytes({ text: "\ud800" })).toThrow(
      expect.objectContaining({ code: "invalid_content" }),
    )
  })

  test("name the part that is wrong", () => {
    const part = { ...aChange({}).parts[0], after: { base64: "x" } } as ProposedChange["parts"][number]
    expect(() => buildEnvelope({ ...aChange({}), parts: [part] })).toThrow(
      expect.objectContaining({ code: "invalid_content", path: "/parts/0/after" }),
    )
  })
})

test("names and paths are refused by their own codes", () => {
  expect(() => assertName("a b")).toThrow(expect.objectContaining({ code: "invalid_name" }))
  expect(() => assertName("a\n")).toThrow(expect.objectContaining({ code: "invalid_name" }))
  expect(() => assertPath("../a")).toThrow(expect.objectContaining({ code: "invalid_path" }))
  expect(() => assertPath("docs/a b.txt")).not.toThrow()
})

function aChange(part: { before?: FileContent | null; after?: FileContent | null }): ProposedChange {
  return {
    tenantId: "ten_1",
    runId: "run_1",
    tool: { server: "workspace", name: "write_file", version: "1", definition: "0".repeat(64) },
    input: { path: "a.txt" },
    parts: [
      {
        kind: "file",
        target: { workspace: "main", path: "a.txt" },
        before: null,
        after: { text: "x" },
        ...part,
      },
    ],
  }
}

function tryHash(json: string): string | undefined {
  try {
    return changeHash(assertEnvelope(JSON.parse(json)))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ChangeError) return undefined
    throw error
  }
}
