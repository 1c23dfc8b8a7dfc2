import { afterAll, expect, test } from "vitest"
import { changeWorkMax } from "@/lib/changes/changes.service"
import { startDiffPool } from "@/lib/changes/diff-pool"
import { diffFile, diffLinesMax, type FileDiff } from "@/lib/changes/file-diff"
import { buildDiffWorker } from "../unit/changes/built-diff-worker"
import { bytesSide, textSide, unorderedLines } from "../unit/changes/changed-file"

const workerFile = buildDiffWorker()
const pool = startDiffPool({ workerFile, threads: 1 })
afterAll(() => pool.stop())

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `${at}\n`).join("")
const shuffled = (count: number) =>
  Array.from({ length: count }, (_, at) => `${(at * 7_919) % count}\n`).join("")
const file = (before: string | null, after: string | null) => ({
  path: "a.txt",
  before: textSide(before),
  after: textSide(after),
  workMax: 20_000_000,
})

test("compares 50,000 lines and replaces 50,001 whole", async () => {
  const atLimit = await pool.diff(file(numbered(diffLinesMax), numbered(diffLinesMax - 1)))
  const pastLimit = await pool.diff(file(numbered(diffLinesMax), numbered(diffLinesMax + 1)))

  expect(atLimit).toMatchObject({ added: 0, removed: 1, flags: [] })
  expect(pastLimit).toMatchObject({ added: diffLinesMax + 1, removed: diffLinesMax })
  expect(pastLimit.flags).toEqual(["diff_degraded", "large_change"])
})

test.each([
  ["lines of 20 kinds in no order", unorderedLines(20_000, 20, 1), unorderedLines(20_000, 20, 2)],
  ["all lines in another order", numbered(20_011), shuffled(20_011)],
  ["all lines backwards", numbered(20_000), numbered(20_000).trim().split("\n").reverse().join("\n")],
])("compares 20,000 lines that were built to be quadratic: %s", (_, before, after) => {
  const diff = diffFile({ ...file(before, after), workMax: changeWorkMax })

  expect(diff.flags).not.toContain("diff_degraded")
  expect(diff.work).toBeLessThan(changeWorkMax / 2)
})

test("ends what takes more work than there is as a whole replacement, the same one every time", async () => {
  const quadratic = file(unorderedLines(20_000, 20, 1), unorderedLines(20_000, 20, 2))

  const diff = await pool.diff(quadratic)

  expect(diff.flags).toContain("diff_degraded")
  expect(diff).toMatchObject({ added: 20_000, removed: 20_000 })
  expect(await pool.diff(quadratic)).toEqual(diff)
})

test("finds a block that moved, however long it is", async () => {
  const lines = numbered(20_000).split(/(?<=\n)/)
  const moved = [...lines.slice(12_000), ...lines.slice(0, 12_000)].join("")

  expect(await pool.diff(file(lines.join(""), moved))).toMatchObject({ added: 8_000, removed: 8_000 })
})

test("finishes with exactly the work it needs and degrades with one step less than that", () => {
  const change = file(numbered(300), shuffled(300))
  const { work } = diffFile(change)
  const needs = firstEnough(change, work)

  expect(diffFile({ ...change, workMax: needs }).flags).not.toContain("diff_degraded")
  expect(diffFile({ ...change, workMax: needs - 1 }).flags).toContain("diff_degraded")
})

test("gives the same diff on the event loop and in a thread", async () => {
  const small = file("a\nb\r\n\u200b", "a\nc\r\n")
  const large = file(numbered(6_000), numbered(6_000).replace("17\n", "seventeen\n"))

  expect(await pool.diff(small)).toEqual(diffFile(small))
  expect(await pool.diff(large)).toEqual(diffFile(large))
})

test("takes a small but laborious text to a thread, with the whole work limit", async () => {
  const laborious = file(numbered(1_500), shuffled(1_500))

  expect((await pool.diff(laborious)).flags).not.toContain("diff_degraded")
})

test("replaces whole what takes a thread too long, and goes on working", async () => {
  const hasty = startDiffPool({ workerFile, threads: 1, timeLimitMs: 500 })
  try {
    const diff = await hasty.diff({
      ...file(unorderedLines(50_000, 500, 1), unorderedLines(50_000, 500, 2)),
      workMax: 1e12,
    })

    expect(diff).toMatchObject({ added: 50_000, removed: 50_000 })
    expect(diff.flags).toContain("diff_degraded")
    expect(await hasty.diff(file(numbered(5_000), numbered(4_999)))).toMatchObject({ removed: 1 })
  } finally {
    await hasty.stop()
  }
})

test("survives a diff that takes more memory than a thread has", async () => {
  const tight = startDiffPool({ workerFile, threads: 1, memoryLimitMb: 8 })
  try {
    const size = 2 * 1024 * 1024
    const greedy = tight.diff(file("\n".repeat(size), "\n".repeat(size - 1)))

    await expect(greedy).rejects.toMatchObject({ code: "unavailable" })
    expect(await tight.diff(file("a\n".repeat(3_000), "a\n".repeat(2_999)))).toMatchObject({ removed: 1 })
  } finally {
    await tight.stop()
  }
})

test("refuses what does not fit the queue, and says when to come back", async () => {
  const narrow = startDiffPool({ workerFile, threads: 1, queueMax: 2 })
  try {
    const many = Array.from({ length: 8 }, () => narrow.diff(file(numbered(20_000), shuffled(20_000))))
    const results = await Promise.allSettled(many)

    const refused = results.filter((result) => result.status === "rejected")
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThan(8)
    for (const { reason } of refused)
      expect(reason).toMatchObject({ code: "unavailable", retryAfterSeconds: 1 })
  } finally {
    await narrow.stop()
  }
})

test("stops when the caller goes away", async () => {
  const caller = new AbortController()
  const running = pool.diff(
    { ...file(unorderedLines(40_000, 500, 1), unorderedLines(40_000, 500, 2)), workMax: 1e12 },
    caller.signal,
  )

  caller.abort(new Error("the client hung up"))

  await expect(running).rejects.toThrow("the client hung up")
  await expect(pool.diff(file("a", "b"), caller.signal)).rejects.toThrow("the client hung up")
})

test("shows two mebibytes of one line, of line feeds and of binary bytes", async () => {
  const size = 2 * 1024 * 1024
  const lineFeeds = await pool.diff(file("\n".repeat(size), "\n".repeat(size - 1)))
  const oneLine = await pool.diff(file("é".repeat(size / 2), "e".repeat(size)))
  const binary = await pool.diff({
    ...file(null, null),
    before: bytesSide(Buffer.alloc(size, 0xff)),
    after: bytesSide(Buffer.alloc(size)),
  })

  expect(lineFeeds).toMatchObject({ removed: size, added: size - 1 })
  expect(oneLine).toMatchObject({ removed: 1, added: 1, flags: ["long_lines"] })
  expect(binary).toMatchObject({ removed: 0, added: 0, flags: ["uninspectable"] })
})

/** The least work limit at which the diff is not degraded. */
function firstEnough(change: ReturnType<typeof file>, enough: number): number {
  const isEnough = (diff: FileDiff) => !diff.flags.includes("diff_degraded")
  let [low, high] = [0, enough]
  while (low + 1 < high) {
    const middle = (low + high) >> 1
    if (isEnough(diffFile({ ...change, workMax: middle }))) high = middle
    else low = middle
  }
  return high
}
