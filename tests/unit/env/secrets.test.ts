import { mkdtemp, readdir, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { keptDatabasePasswords, keptSecrets, problemsWithSecrets } from "@/lib/env/secrets"

let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "deltaseal-secrets-"))
})
afterEach(() => rm(dataDir, { recursive: true }))

test("secrets are made once and kept", async () => {
  const first = await keptSecrets(dataDir)

  expect(first.keyPepper).toHaveLength(32)
  expect(first.encryptionKey).toHaveLength(32)
  expect(await keptSecrets(dataDir)).toEqual(first)
  expect(await keptDatabasePasswords(dataDir)).toEqual(await keptDatabasePasswords(dataDir))
})

test("only their owner can read them", async () => {
  await keptSecrets(dataDir)
  await keptDatabasePasswords(dataDir)

  const directory = path.join(dataDir, "secrets")
  const modes = await Promise.all(
    (await readdir(directory)).map(async (name) => (await stat(path.join(directory, name))).mode & 0o777),
  )
  expect((await stat(directory)).mode & 0o777).toBe(0o700)
  expect(modes).toEqual([0o600, 0o600, 0o600, 0o600, 0o600])
})

test("with a database of one's own, every missing or short secret is named", () => {
  expect(problemsWithSecrets({ DELTASEAL_KEY_PEPPER: "c2hvcnQ=" })).toEqual([
    ["DELTASEAL_PERMIT_KEY", expect.stringContaining("is missing")],
    ["DELTASEAL_KEY_PEPPER", expect.stringContaining("must be 32 bytes")],
    ["DELTASEAL_ENCRYPTION_KEY", expect.stringContaining("is missing")],
    ["DELTASEAL_SESSION_SECRET", expect.stringContaining("is missing")],
  ])
})
