import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest"
import type { Agent, Answer } from "@/examples/agent/agent"
import { signInReviewer, type Reviewer } from "@/examples/demo/reviewer"
import { openSite, underway, type Site } from "@/tests/support/mcp"
import { startProxy, type Passing, type Proxy } from "@/tests/support/mcp-proxy"
import { newDataDir, removeDataDir, startServer, type TestServer } from "@/tests/support/server"

let server: TestServer
let reviewer: Reviewer
let wire: Proxy
let site: Site
const file = "notes.txt"

beforeAll(async () => {
  server = await startServer(await newDataDir())
  reviewer = await signInReviewer(server.url, server.person("reviewer"))
})

beforeEach(async () => {
  wire = await startProxy(server.url)
  site = await openSite({
    url: server.url,
    apiKey: server.apiKey,
    via: wire.url,
    files: { [file]: "as reviewed\n" },
  })
})

afterEach(async () => {
  await site.close()
  await wire.close()
})

afterAll(async () => {
  await server.stop()
  await removeDataDir(server.dataDir)
})

test("a file that changed between the approval and its use is left as it is, and the agent is told to look again", async () => {
  wire.beforeAnswer(async ({ answer = "" }) => {
    if (isApproved(answer)) await site.write(file, "somebody else's\n")
  })

  const { isDone, status, text } = await approvedWrite(await site.connect())

  expect({ isDone, status }).toEqual({ isDone: false, status: "before_changed" })
  expect(text).toContain("Nothing was changed.")
  expect(text).toContain("Read it again")
  expect(await site.read(file)).toBe("somebody else's\n")
  const events = await site.eventsWith("approval.stale")
  expect(events.some(({ eventType }) => eventType === "approval.consumed")).toBe(false)
})

test("a file that changed after the approval was spent is not overwritten, and the failure is reported", async () => {
  wire.beforeAnswer(async (passing) => {
    if (isConsume(passing)) await site.write(file, "somebody else's\n")
  })

  const { isDone, text } = await approvedWrite(await site.connect())

  expect(isDone).toBe(false)
  expect(text).toContain("the target changed before it could be applied")
  expect(await site.read(file)).toBe("somebody else's\n")
  expect((await site.eventsWith("execution.failed")).at(-1)).toMatchObject({
    result: { status: "failed" },
    receipts: [],
  })
})

test("a server that was killed with the approval spent and nothing written writes it once when it is back", async () => {
  const agent = await site.connect()
  const first = await site.inode(file)
  wire.beforeAnswer((passing) => {
    if (isConsume(passing)) kill(agent)
  })
  await expect(approvedWrite(agent)).rejects.toThrow()
  expect(await site.read(file)).toBe("as reviewed\n")
  expect(await site.inode(file)).toBe(first)

  wire.beforeAnswer(null)
  await site.connect()
  const events = await site.eventsWith("execution.applied")

  expect(await site.read(file)).toBe("as approved\n")
  expect(events.at(-1)).toMatchObject({ result: { status: "applied", matchesApproved: true } })
  expect(executionsIn(events)).toBe(1)
})

test("a server that was killed after writing reports it when it is back, and writes nothing again", async () => {
  const agent = await site.connect()
  wire.beforeRequest((passing) => {
    if (isOutcome(passing)) kill(agent)
    if (isOutcome(passing)) throw new Error("The report is lost.")
  })
  await expect(approvedWrite(agent)).rejects.toThrow()
  expect(await site.read(file)).toBe("as approved\n")
  const written = await site.inode(file)

  wire.beforeRequest(null)
  const again = await site.connect()
  const events = await site.eventsWith("execution.applied")

  expect(executionsIn(events)).toBe(1)
  expect(await site.inode(file)).toBe(written)
  // And nothing is left in the journal for a third server to find.
  await again.close()
  await (await site.connect()).readFile(file)
  expect(executionsIn(await site.events())).toBe(1)
  expect(await site.inode(file)).toBe(written)
})

test("a server that was killed with the approval spent does not overwrite what came meanwhile", async () => {
  const agent = await site.connect()
  wire.beforeAnswer((passing) => {
    if (isConsume(passing)) kill(agent)
  })
  await expect(approvedWrite(agent)).rejects.toThrow()
  await site.write(file, "somebody else's\n")

  wire.beforeAnswer(null)
  await site.connect()
  const events = await site.eventsWith("execution.failed")

  expect(await site.read(file)).toBe("somebody else's\n")
  expect(events.at(-1)).toMatchObject({ result: { status: "failed" } })
})

test("a lost answer to consume is asked for again and spends nothing twice", async () => {
  let lost = 0
  wire.beforeAnswer((passing) => {
    if (isConsume(passing) && lost++ === 0) throw new Error("The answer is lost.")
  })

  expect(await approvedWrite(await site.connect())).toMatchObject({ isDone: true, status: "applied" })

  expect(lost).toBe(2)
  expect(await site.read(file)).toBe("as approved\n")
  expect(executionsIn(await site.eventsWith("execution.applied"))).toBe(1)
})

async function approvedWrite(agent: Agent): Promise<Answer> {
  const proposed = { path: file, content: "as approved\n" }
  const answer = underway(agent.writeFile(proposed, { reason: "A test of the last inch." }))
  await reviewer.vote((await site.nextPending()).approvalId, { decision: "approve" })
  return await answer
}

function isApproved(answer: string): boolean {
  return /"status":"approved"/.test(answer)
}

function isConsume({ path }: Passing): boolean {
  return path.endsWith("/consume")
}

function isOutcome({ method, path }: Passing): boolean {
  return method === "POST" && path.endsWith("/outcome")
}

function kill({ serverPid }: Agent): void {
  if (serverPid !== null) process.kill(serverPid, "SIGKILL")
}

/** How often an approval was spent. */
function executionsIn(events: readonly { eventType: string }[]): number {
  return events.filter(({ eventType }) => eventType === "approval.consumed").length
}
