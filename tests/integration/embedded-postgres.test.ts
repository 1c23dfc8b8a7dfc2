import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { build } from "esbuild"
import { afterAll, beforeAll, expect, test } from "vitest"
import { startEmbeddedPostgres, type EmbeddedPostgres } from "@/lib/db/embedded/embedded-postgres"
import { isRunning, readPostmaster } from "@/lib/db/embedded/postmaster"
import { withClient } from "@/tests/support/postgres"

const passwords = { superuser: "s", owner: "o", app: "a" }
let dataDir: string
let home: string

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "deltaseal-test-"))
  const server = await start()
  home = await realpath(path.join(dataDir, "postgres"))
  await server.stop()
})

afterAll(async () => {
  await rm(home, { recursive: true, force: true })
  await rm(dataDir, { recursive: true, force: true })
})

test("the owner owns the database, the app role owns nothing, and data outlives a restart", async () => {
  const first = await start()
  await withClient(first.ownerUrl, (client) => client.query("CREATE TABLE kept AS SELECT 42 AS answer"))
  await expect(withClient(first.appUrl, (client) => client.query("CREATE TABLE mine ()"))).rejects.toThrow(
    "permission denied",
  )
  await first.stop()

  const second = await start()
  const { rows } = await withClient(second.ownerUrl, (client) => client.query("SELECT answer FROM kept"))
  expect(rows).toEqual([{ answer: 42 }])
  await second.stop()
})

test("nobody gets in without the password", async () => {
  const server = await start()
  const wrong = server.superuserUrl.replace(":s@", ":x@")

  await expect(withClient(wrong, (client) => client.query("SELECT 1"))).rejects.toThrow("password")
  await server.stop()
})

test("stopping leaves no process behind", async () => {
  const server = await start()
  const postmaster = await readPostmaster(path.join(home, "data"))

  expect(postmaster && isRunning(postmaster.pid)).toBe(true)
  await server.stop()
  expect(postmaster && isRunning(postmaster.pid)).toBe(false)
})

test("a second process on the same data is refused in one sentence, and the first goes on", async () => {
  const other = await startInChild()

  await expect(start()).rejects.toThrow(`already running on this data directory (process ${other.pid})`)
  other.kill("SIGKILL")
})

test("the server that a killed process left behind is stopped by the next start", async () => {
  const killed = await startInChild()
  const orphan = await readPostmaster(path.join(home, "data"))
  killed.kill("SIGKILL")
  await once(killed, "exit")
  expect(orphan && isRunning(orphan.pid)).toBe(true)

  const server = await start()
  expect(orphan && isRunning(orphan.pid)).toBe(false)
  await server.stop()
})

test("a process with nothing else to do waits until the server has stopped, and goes on", async () => {
  // Whether the server's end is heard before there is nothing left to wait for is a matter of luck.
  for (let turn = 0; turn < 3; turn += 1) {
    const child = await inChild("await server.stop(); process.exitCode = 7")
    const [code] = (await once(child, "exit")) as [number]

    expect(code).toBe(7)
  }
})

test("when the server dies by itself, we hear of it", async () => {
  const server = await start()
  const postmaster = await readPostmaster(path.join(home, "data"))
  if (postmaster) process.kill(postmaster.pid, "SIGKILL")

  await expect(server.died).resolves.toBeUndefined()
  await server.stop()
})

test("other secrets than the database's are named as the reason", async () => {
  await expect(
    startEmbeddedPostgres({ dataDir, passwords: { ...passwords, superuser: "lost" }, durable: false }),
  ).rejects.toThrow("The passwords in .data/secrets are not those of the database")
  expect(await readFile(path.join(home, "instance.json"), "utf8").catch(() => "released")).toBe("released")
})

function start(): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dataDir, passwords, durable: false })
}

/** A process of its own that starts the database and waits, for us to kill. */
function startInChild(): Promise<ChildProcess> {
  return inChild("setInterval(() => undefined, 1000)")
}

/** A process of its own that starts the database, says so, and does what follows. */
async function inChild(then: string): Promise<ChildProcess> {
  const script = path.resolve("node_modules/.cache/deltaseal-embedded-child.mjs")
  await build({
    stdin: {
      contents: `
        import { startEmbeddedPostgres } from "@/lib/db/embedded/embedded-postgres"
        const server = await startEmbeddedPostgres(JSON.parse(process.argv[2]))
        process.stdout.write("started")
        ${then}`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    alias: { "@": process.cwd() },
    outfile: script,
  })

  const child = spawn(process.execPath, [script, JSON.stringify({ dataDir, passwords, durable: false })], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  await once(child.stdout, "data")
  return child
}
