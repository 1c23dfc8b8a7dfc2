import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import {
  assertEnvelope,
  buildEnvelope,
  canonicalize,
  changeHash,
  commitment,
  parseStrictJson,
  planHash,
  sha256Hex,
  stepUpChallenge,
  toolHash,
  type Envelope,
  type JsonValue,
  type PlannedChanges,
  type ProposedChange,
  type StepUpChallenge,
  type ToolDefinition,
} from "@deltaseal/guard/change"
import { configDigest } from "@deltaseal/guard/config"

type Described = Readonly<{ description: string }>
type Accepted = Described & { envelope: Envelope; canonical: string; changeHash: string }
type Refused = Described & { envelope: unknown; code: string }
type Proposed = Described & { change: ProposedChange; changeHash?: string; code?: string }
type Tool = Described & { definition: ToolDefinition; toolHash: string }
type Commitment = Described & { name: string; salt: string; value: JsonValue; commitment: string }
type Plan = Described & { plan: PlannedChanges; canonical: string; planHash: string }
type Strict = Described & { hex: string; canonical?: string; code?: string }

const accepted = load<Accepted>("change-v1")
const refused = load<Refused>("change-v1-refused")
const proposed = load<Proposed>("proposed-change-v1")
const tools = load<Tool>("tool-v1")
const commitments = load<Commitment>("commit-v1")
const plans = load<Plan>("plan-v1")
const strict = load<Strict>("strict-json-v1")

describe("published envelopes", () => {
  test.each(accepted)("hold: $description", (vector) => {
    expect(canonicalize(assertEnvelope(vector.envelope))).toBe(vector.canonical)
    expect(changeHash(vector.envelope)).toBe(vector.changeHash)
    expect(sha256Hex("deltaseal/change/v1\0" + vector.canonical)).toBe(vector.changeHash)
  })

  test.each(refused)("are refused: $description", ({ envelope, code }) => {
    expect(() => assertEnvelope(envelope)).toThrow(expect.objectContaining({ name: "ChangeError", code }))
  })

  test("never share a hash", () => {
    expect(new Set(accepted.map((vector) => vector.changeHash)).size).toBe(accepted.length)
  })
})

test.each(proposed)("published changes hold: $description", ({ change, ...expected }) => {
  if (expected.code === undefined) {
    expect(changeHash(buildEnvelope(change, { configDigest }))).toBe(expected.changeHash)
    return
  }
  const build = () => buildEnvelope(change, { configDigest })
  expect(build).toThrow(expect.objectContaining({ code: expected.code }))
})

test.each(tools)("published tool hashes hold: $description", (vector) => {
  expect(toolHash(vector.definition)).toBe(vector.toolHash)
})

test.each(plans)("published plans hold: $description", ({ plan, canonical, planHash: expected }) => {
  expect(planHash(plan)).toBe(expected)
  expect(sha256Hex("deltaseal/plan/v1\0" + canonical)).toBe(expected)
})

test.each(commitments)("published commitments hold: $description", (vector) => {
  expect(commitment(vector)).toBe(vector.commitment)
})

test.each(strict)("published JSON holds: $description", ({ hex, ...expected }) => {
  const bytes = Buffer.from(hex, "hex")
  if (expected.code === undefined) {
    expect(canonicalize(parseStrictJson(bytes))).toBe(expected.canonical)
    return
  }
  expect(() => parseStrictJson(bytes)).toThrow(expect.objectContaining({ code: expected.code }))
})

test("every published vector holds for a second implementation that shares no code with ours", () => {
  const checker = fileURLToPath(new URL("../vectors/check.mjs", import.meta.url))
  const said = execFileSync(process.execPath, [checker], { encoding: "utf8" })

  expect(said).toContain(`change-v1: ${accepted.length} hold`)
  expect(said).toContain(`change-v1-refused: ${refused.length} hold`)
  expect(said).not.toContain("does not hold")
})

describe("published signatures of votes", () => {
  const { challenges } = read("step-up-v1") as { challenges: (Described & Signed)[] }
  type Signed = Readonly<{ input: StepUpChallenge; canonical: string; challenge: string }>

  test.each(challenges)("hold: $description", ({ input, canonical, challenge }) => {
    expect(canonicalize(input)).toBe(canonical)
    expect(stepUpChallenge(input)).toBe(challenge)
  })

  test("never share a challenge: every member counts", () => {
    expect(new Set(challenges.map(({ challenge }) => challenge)).size).toBe(challenges.length)
  })

  test("hold for the checker that needs nothing of ours, and what was altered does not", () => {
    const checker = fileURLToPath(new URL("../vectors/check-step-up.mjs", import.meta.url))
    expect(execFileSync(process.execPath, [checker], { encoding: "utf8" })).toBe("step-up-v1: 31 hold\n")
  })
})

function load<Vector>(name: string): Vector[] {
  return read(name) as Vector[]
}

function read(name: string): unknown {
  const file = new URL(`../vectors/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, "utf8"))
}
