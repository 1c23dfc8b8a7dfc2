import { afterEach, expect, test } from "vitest"
import { raisePrice } from "@/examples/agent/website-care"
import { signInReviewer } from "@/examples/demo/reviewer"
import { website } from "@/examples/demo/website"
import { openSite, underway } from "@/tests/support/mcp"
import { newDataDir, removeDataDir, startDemoServer, type TestServer } from "@/tests/support/server"

const used: string[] = []

afterEach(async () => {
  for (const dataDir of used.splice(0)) await removeDataDir(dataDir)
})

test("a server that was stopped finds its people, keys, runs and decisions again", async () => {
  const first = await start()
  const site = await openSite({ url: first.url, apiKey: first.apiKey, files: website })
  const answer = underway(raisePrice(await site.connect()))
  const { approvalId } = await site.nextPending()
  const reviewer = await signInReviewer(first.url, first.person("reviewer"))
  await reviewer.vote(approvalId, { decision: "approve" })
  expect(await answer).toMatchObject({ isDone: true })
  const before = await site.eventsWith("execution.applied")
  await site.close()
  await first.stop()
  await expect(fetch(`${first.url}/readyz`)).rejects.toThrow()

  const second = await start(first.dataDir)

  expect(second.facts).toEqual({ ...first.facts, url: second.url })
  expect(await get(second, `/api/v1/runs/${site.runId}/events`)).toEqual({ items: before, nextCursor: null })
  expect(await get(second, `/api/v1/approvals/${approvalId}`)).toMatchObject({ status: "consumed" })
  await signInReviewer(second.url, second.person("reviewer"))
  await second.stop()
})

test("a server that was killed starts again by itself, with what was pending still to be decided", async () => {
  const first = await start()
  const site = await openSite({ url: first.url, apiKey: first.apiKey, files: website })
  const answer = underway(raisePrice(await site.connect()))
  const { approvalId } = await site.nextPending()
  await first.kill()

  const second = await start(first.dataDir)
  const reviewer = await signInReviewer(second.url, second.person("reviewer"))
  await reviewer.vote(approvalId, { decision: "approve" })

  expect(await get(second, `/api/v1/approvals/${approvalId}`)).toMatchObject({ status: "approved" })
  await site.close()
  await answer.catch(() => undefined)
  await second.stop()
})

async function start(dataDir?: string): Promise<TestServer> {
  const directory = dataDir ?? (await newDataDir())
  if (dataDir === undefined) used.push(directory)
  return await startDemoServer(directory)
}

async function get({ url, apiKey }: TestServer, path: string): Promise<unknown> {
  const answer = await fetch(url + path, { headers: { authorization: `Bearer ${apiKey}` } })
  return (await answer.json()) as unknown
}
