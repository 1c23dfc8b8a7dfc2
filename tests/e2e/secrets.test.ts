import { randomBytes } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { signInReviewer } from "@/examples/demo/reviewer"
import { openBrowser, signIn } from "@/tests/support/browser"
import { openSite, underway } from "@/tests/support/mcp"
import { newDataDir, removeDataDir, startDemoServer, type TestServer } from "@/tests/support/server"

let server: TestServer

beforeAll(async () => {
  server = await startDemoServer(await newDataDir())
})

afterAll(async () => {
  await removeDataDir(server.dataDir)
})

test("no key, password, session or content gets into a log, a terminal or a problem", async () => {
  const canary = `canary-${randomBytes(12).toString("hex")}`
  const problems: string[] = []
  const ask = async (url: string, init: RequestInit) => {
    const answer = await fetch(server.url + url, init)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    problems.push(await answer.text(), JSON.stringify([...answer.headers]))
  }

  // One change with the canary in it is approved and written, another denied with it as the reason.
  const site = await openSite({ url: server.url, apiKey: server.apiKey, files: { "a.txt": canary } })
  const agent = await site.connect()
  const reviewer = await signInReviewer(server.url, server.person("reviewer"))
  const written = underway(
    agent.writeFile({ path: "a.txt", content: `${canary}!` }, { reason: `why ${canary}` }),
  )
  await reviewer.vote((await site.nextPending()).approvalId, { decision: "approve" })
  expect(await written).toMatchObject({ isDone: true })
  const denied = underway(agent.editFile({ path: "a.txt", find: "!", replace: "?" }, { reason: canary }))
  await reviewer.vote((await site.nextPending()).approvalId, { decision: "deny", reason: canary })
  expect(await denied).toMatchObject({ status: "denied" })
  expect((await agent.readFile("a.txt")).text).toContain(canary)

  const browser = await openBrowser()
  const page = await browser.newPage()
  await signIn(page, server.url, server.person("admin"))
  const cookies = (await page.context().cookies()).map(({ value }) => value)
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ")
  await browser.close()

  const authorization = `Bearer ${server.apiKey}`
  const json = { "content-type": "application/json" }
  const tool = { server: "workspace", name: "write_file", version: "1.4.0" }
  const badInput = JSON.stringify({ runId: site.runId, tool, input: { path: "a.txt", content: [canary] } })
  await ask("/api/v1/tool-calls", {
    method: "POST",
    headers: { authorization, ...json },
    body: `{"runId":["${canary}"]}`,
  })
  await ask("/api/v1/tool-calls", {
    method: "POST",
    headers: { authorization, ...json },
    body: `{"a":"${canary}`,
  })
  await ask("/api/v1/tool-calls", { method: "POST", headers: { authorization, ...json }, body: badInput })
  await ask(`/api/v1/runs/${canary}`, { headers: { authorization } })
  await ask("/api/v1/runs/x", { headers: { authorization: `${authorization}x` } })
  await ask("/api/v1/approvals/x/votes", { method: "POST", headers: { cookie, ...json }, body: "{}" })
  await ask("/api/v1/session", { headers: { cookie: `next-auth.session-token=${canary}` } })
  const { password } = server.person("admin")
  await site.close()
  await server.stop()

  const { stdout, stderr, logs } = await server.said()
  const databaseLogs = await filesUnder(path.join(server.dataDir, "logs"))
  expect(databaseLogs).not.toBe("")
  const never = [
    server.apiKey,
    secretOf(server.apiKey),
    canary,
    ...cookies.filter((value) => value.length > 20),
  ]
  for (const secret of [...never, password]) {
    expect(logs + databaseLogs).not.toContain(secret)
    expect(stderr + problems.join("\n") + site.serverLog()).not.toContain(secret)
  }
  // The terminal shows the demo's passwords, once, and nothing else that is secret.
  for (const secret of never) expect(stdout).not.toContain(secret)
})

function secretOf(apiKey: string): string {
  return apiKey.split("_").at(-1) ?? apiKey
}

async function filesUnder(folder: string): Promise<string> {
  const names = await readdir(folder)
  return (await Promise.all(names.map(async (name) => await readFile(path.join(folder, name), "utf8")))).join(
    "",
  )
}
