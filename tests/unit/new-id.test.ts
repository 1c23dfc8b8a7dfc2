import { expect, test } from "vitest"
import { isId } from "@/lib/kernel/id"
import { newId, newSalts } from "@/lib/operations/new-id"

test("ids have their kind's shape and do not repeat", () => {
  const ids = Array.from({ length: 2_000 }, () => newId("approval"))

  expect(ids.every((id) => isId("approval", id))).toBe(true)
  expect(new Set(ids).size).toBe(ids.length)
})

test("every character of an id's random part takes all of its 32 values", () => {
  const seen = Array.from({ length: 16 }, () => new Set<string>())
  for (let count = 0; count < 2_000; count += 1) {
    const random = newId("run").slice(-16)
    seen.forEach((values, at) => values.add(random.charAt(at)))
  }

  expect(seen.map((values) => values.size)).toEqual(Array.from({ length: 16 }, () => 32))
})

test("salts are 32 random bytes in hex, each its own", () => {
  const salts = newSalts(50)

  expect(salts.every((salt) => /^[0-9a-f]{64}$/.test(salt))).toBe(true)
  expect(new Set(salts).size).toBe(50)
})
