import { afterEach, beforeEach, expect, test } from "vitest"
import { principalOfSession } from "@/lib/members/sessions.service"
import { signIn, signOut } from "@/lib/members/sign-in.service"
import { startApi, type TestApi } from "@/tests/support/api"

let api: TestApi
let reviewer: Readonly<{ email: string; password: string }>

beforeEach(async () => {
  api = await startApi()
  const found = api.demo.people.find(({ role }) => role === "reviewer")
  if (!found) throw new Error("The demo has no reviewer.")
  reviewer = found
})

afterEach(async () => {
  await api.close()
})

const from = (address: string, password = "wrong") => signIn({ email: reviewer.email, password, address })

test("opens a session that lives until its person signs out", async () => {
  const { sessionId } = await from("10.0.0.1", reviewer.password)
  expect(await principalOfSession(sessionId)).toMatchObject({ kind: "person", email: reviewer.email })

  await signOut(sessionId)
  expect(await principalOfSession(sessionId)).toBeNull()
})

test("an unknown e-mail, a wrong password and a disabled person get the same answer", async () => {
  await api.owner.query("UPDATE person SET disabled_at = now() WHERE email = 'adam@northwind.example'")
  const refused = { code: "unauthenticated", message: "E-mail or password is not right." }

  await expect(from("10.0.0.1")).rejects.toMatchObject(refused)
  for (const email of ["nobody@northwind.example", "adam@northwind.example"]) {
    await expect(signIn({ email, password: "wrong", address: "10.0.0.2" })).rejects.toMatchObject(refused)
  }
})

test("of forty guesses at once at most five are tried", async () => {
  const guesses = Array.from({ length: 40 }, (_, index) => codeOf(from(`10.0.1.${index}`)))
  const codes = await Promise.all(guesses)

  expect(codes.filter((code) => code !== "too_many_attempts").length).toBeLessThanOrEqual(5)
  expect(new Set(codes)).not.toContain("signed in")
})

test("after five wrong guesses from anywhere even the right password waits", async () => {
  for (let guess = 1; guess <= 5; guess += 1)
    expect(await codeOf(from(`10.0.2.${guess}`))).toBe("unauthenticated")

  await expect(from("10.0.2.6", reviewer.password)).rejects.toMatchObject({
    code: "too_many_attempts",
    retryAfterSeconds: expect.any(Number) as number,
  })
})

test("one address cannot try one guess each on many people, and others still get in", async () => {
  const tries = Array.from({ length: 20 }, (_, index) => `person${index}@northwind.example`)
  for (const email of tries) {
    await signIn({ email, password: "x", address: "10.0.3.1" }).catch(() => undefined)
  }

  await expect(from("10.0.3.1", reviewer.password)).rejects.toMatchObject({ code: "too_many_attempts" })
  await expect(from("10.0.3.2", reviewer.password)).resolves.toMatchObject({
    sessionId: expect.any(String) as string,
  })
})

test("the table of failures names nobody", async () => {
  await from("10.0.0.1").catch(() => undefined)
  const { rows } = await api.owner.query<{ line: string }>(
    "SELECT failure::text AS line FROM sign_in_failure AS failure",
  )

  expect(rows).toHaveLength(2)
  expect(rows.map(({ line }) => line).join()).not.toMatch(/rhea|10\.0\.0\.1/)
})

function codeOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => "signed in",
    (error: unknown) => (error as { code: string }).code,
  )
}
