import { expect, test } from "vitest"
import { isRetryable, toAppError } from "@/lib/db/failures"
import { AppError } from "@/lib/errors/app-error"

function failure(code: string, message = "failed"): Error {
  return Object.assign(new Error(message), { code })
}

/** As Prisma reports what PostgreSQL said. */
function prismaFailure(code: string, originalCode: string): Error {
  const meta = { driverAdapterError: { cause: { kind: "postgres", originalCode } } }
  return Object.assign(failure(code, "Raw query failed."), { meta })
}

test.each([
  ["a deadlock", failure("40P01"), "read", "unavailable"],
  ["a lock that nobody gave back in time", failure("55P03"), "write", "unavailable"],
  ["a statement that took too long", failure("57014"), "write", "unavailable"],
  ["a full disk", failure("53100"), "write", "unavailable"],
  ["a transaction that Prisma could not start", failure("P2028"), "read", "unavailable"],
  [
    "a read of Prisma's that waited too long for a lock",
    prismaFailure("P2010", "55P03"),
    "read",
    "unavailable",
  ],
  ["a connection that was ended under Prisma", prismaFailure("P2039", "57P01"), "read", "unavailable"],
  ["a connection that broke under a write", failure("ECONNRESET"), "write", "outcome_unknown"],
  ["a connection that broke under a read", failure("ECONNRESET"), "read", "unavailable"],
  ["a server that was never reached", failure("ECONNREFUSED"), "write", "unavailable"],
] as const)("%s is said as it is", (_, error, kind, code) => {
  expect(toAppError(error, kind)).toMatchObject({ code })
})

test.each([
  ["a permission that is missing", failure("42501")],
  ["what Prisma was asked wrongly", failure("P2009", "no such member")],
  ["what PostgreSQL was asked wrongly by Prisma", prismaFailure("P2010", "22012")],
  ["an error of our own making", new TypeError("x is not a function")],
] as const)("%s stays what it was, for the log", (_, error) => {
  expect(toAppError(error, "write")).toBe(error)
})

test("a refusal passes through", () => {
  const refusal = new AppError("not_found")
  expect(toAppError(refusal, "write")).toBe(refusal)
})

test("only what left nothing behind is tried again", () => {
  expect(["40001", "40P01", "55P03", "23505"].map((code) => isRetryable(failure(code)))).toEqual([
    true,
    true,
    false,
    false,
  ])
})
