import fc from "fast-check"
import { expect, test, vi } from "vitest"
import { buildEnvelope, type JsonValue, type ProposedChange } from "@deltaseal/guard/change"
import { configDigest } from "@deltaseal/guard/config"
import { arbitraryChange, hashOf } from "../support/arbitrary-changes"

// A thousand generated changes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

test("flipping any one field of any change gives another hash, or no hash at all", () => {
  let flipped = 0
  const kinds = new Set<string>()
  fc.assert(
    fc.property(arbitraryChange, fc.nat(), (original, pick) => {
      for (const { kind } of original.parts) kinds.add(kind)
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
  expect([...kinds].sort()).toEqual(["call", "command", "config", "file", "message", "record"])
})

test("two changes that are not the same never share a hash", () => {
  const seen = new Map<string, string>()
  fc.assert(
    fc.property(arbitraryChange, (value) => {
      const hash = hashOf(value) ?? ""
      // Absent and written out, a mode is the same mode: what is compared is what the envelope says.
      const said = JSON.stringify(buildEnvelope(value, { configDigest }))
      expect(seen.get(hash) ?? said).toBe(said)
      seen.set(hash, said)
    }),
    { numRuns: 1_000, seed: 7 },
  )
})

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
