import { expect, test } from "vitest"
import type { PartKind, State } from "@deltaseal/guard/change"
import { nextStep } from "../src/next-step.ts"

const absent: State = { state: "absent" }
const old: State = { state: "present", bytes: 1, digest: "a".repeat(64) }
const fresh: State = { state: "present", bytes: 1, digest: "b".repeat(64) }
const file = (live: State) => ({ kind: "file" as const, before: old, after: fresh, live })

const record = (version: string, content: State = old) => ({
  kind: "record" as const,
  before: { ...old, version: "1" },
  after: fresh,
  live: { ...content, version },
})

test.each([
  ["the world is as it was reviewed", [file(old)], false, "apply"],
  ["it is so on a replay too", [file(old)], true, "apply"],
  ["a replay finds what was approved", [file(fresh)], true, "already_applied"],
  ["somebody else made the same change", [file(fresh)], false, "moved"],
  ["the world is something else", [file(absent)], false, "moved"],
  ["a record has its content and another version", [record("2")], false, "moved"],
  [
    "a replay finds a record as approved, under its new version",
    [record("2", fresh)],
    true,
    "already_applied",
  ],
  ["a replay finds half of it done", [file(fresh), file(old)], true, "moved"],
] as const)("what to do when %s", (_, parts, mayHaveApplied, step) => {
  expect(nextStep(parts, mayHaveApplied)).toBe(step)
})

test.each<PartKind>(["message", "command", "call"])("a %s is carried out once and never again", (kind) => {
  const part = { kind, before: absent, after: fresh, live: absent }
  expect(nextStep([part], false)).toBe("apply")
  expect(nextStep([part], true)).toBe("unknown")
  expect(nextStep([file(old), part], true)).toBe("unknown")
})
