import { encode } from "next-auth/jwt"
import { beforeAll, expect, test } from "vitest"
import { csrfMatches, csrfTokenOf } from "@/lib/auth/csrf"
import { safeReturnPath } from "@/lib/auth/return-path"
import { sessionIdFromCookie } from "@/lib/auth/session-cookie"
import { setRuntime } from "@/lib/env/runtime"

const secret = "a secret that only this test has, of some length"
const sessionId = "ses_01J00000000000000000000000"
let token: string

beforeAll(async () => {
  setRuntime({ config: { origin: "http://localhost:3000" }, secrets: { sessionSecret: secret } } as never)
  token = await encode({ token: { sessionId }, secret })
})

test.each([
  ["whole", (jwt: string) => `theme=dark; next-auth.session-token=${jwt}`],
  [
    "in chunks",
    (jwt: string) =>
      `next-auth.session-token.1=${jwt.slice(40)}; next-auth.session-token.0=${jwt.slice(0, 40)}`,
  ],
])("reads the session from a cookie that came %s", async (_, cookie) => {
  expect(await sessionIdFromCookie(cookie(token))).toBe(sessionId)
})

test.each([
  ["no cookie", undefined],
  ["garbage", "next-auth.session-token=garbage"],
  ["another cookie's name", "next-auth.session-tokens=x"],
])("finds nobody in %s", async (_, cookie) => {
  expect(await sessionIdFromCookie(cookie)).toBeNull()
})

test("finds nobody in a token of another secret, or under the secure name when the server is not", async () => {
  const foreign = await encode({ token: { sessionId }, secret: "another secret" })
  expect(await sessionIdFromCookie(`next-auth.session-token=${foreign}`)).toBeNull()
  expect(await sessionIdFromCookie(`__Secure-next-auth.session-token=${token}`)).toBeNull()
})

test("a session's token is its own", () => {
  const csrf = csrfTokenOf(sessionId)
  expect(csrfMatches(sessionId, csrf)).toBe(true)
  expect(csrfMatches("ses_01J00000000000000000000001", csrf)).toBe(false)
  for (const wrong of ["", csrf.slice(1), `${csrf}a`, "%"]) expect(csrfMatches(sessionId, wrong)).toBe(false)
})

test.each([
  ["/approvals/appr_1", "/approvals/appr_1"],
  ["/inbox?tenant=ten_1", "/inbox?tenant=ten_1"],
  [undefined, "/inbox"],
  ["", "/inbox"],
  ["https://evil.example", "/inbox"],
  ["//evil.example", "/inbox"],
  ["/\\evil.example", "/inbox"],
  ["/\t/evil.example", "/inbox"],
  ["/..//evil.example", "/inbox"],
  ["javascript:alert(1)", "/inbox"],
  ["/sign-in?next=/sign-in", "/inbox"],
  ["/api/auth/signout", "/inbox"],
])("after signing in, %s leads to %s", (given, expected) => {
  expect(safeReturnPath(given)).toBe(expected)
})
