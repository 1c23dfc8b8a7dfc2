import fc from "fast-check"
import { expect, test } from "vitest"
import { callLimits, type CallLimit } from "@/lib/calls/call-limits"
import { countKeys, takeLimits, type Used } from "@/lib/simulations/counted-limits"

type Call = Readonly<{
  runId: string
  name: string
  isWrite: boolean
  messages: number
  at: number
  openedAt: number
}>

const policy = {
  run: { toolCalls: 5, writes: 2, wallTimeSeconds: 3_600 },
  tools: [{ server: "s", tool: "*", perMinute: 3 }],
  tenant: { messagesPerDay: 4 },
}
const minute = 60_000
const day = 24 * 60 * minute

/** Calls in the order of their time, of three runs and two tools, close enough to meet in minutes and days. */
const calls: fc.Arbitrary<Call[]> = fc
  .array(
    fc.record({
      runId: fc.constantFrom("run_a", "run_b", "run_c"),
      name: fc.constantFrom("one", "two"),
      isWrite: fc.boolean(),
      messages: fc.nat(3),
      later: fc.oneof(fc.nat(20_000), fc.nat(2 * day)),
    }),
    { maxLength: 60 },
  )
  .map((made) => {
    let at = day - minute
    return made.map(({ later, ...call }) => ({ ...call, at: (at += later), openedAt: day - minute }))
  })

const limitsOf = (call: Call): CallLimit[] => callLimits({ ...call, server: "s", grant: null }, policy)

/** The same by looking at every call that got through before, each time anew. */
function naive(all: readonly Call[]): boolean[] {
  const through: Call[] = []
  return all.map((call) => {
    const sum = (which: (other: Call) => boolean, of: (other: Call) => number = () => 1) =>
      through.filter(which).reduce((total, other) => total + of(other), 0)
    const sameRun = ({ runId }: Call) => runId === call.runId
    const isFine =
      sum(sameRun) < 5 &&
      (!call.isWrite || sum((other) => sameRun(other) && other.isWrite) < 2) &&
      call.at - call.openedAt < 3_600_000 &&
      sum(({ name, at }) => name === call.name && Math.floor(at / minute) === Math.floor(call.at / minute)) <
        3 &&
      (call.messages === 0 ||
        sum(
          ({ at }) => Math.floor(at / day) === Math.floor(call.at / day),
          ({ messages }) => messages,
        ) +
          call.messages <=
          4)
    if (isFine) through.push(call)
    return isFine
  })
}

test("refuses exactly what a count over everything that got through before would refuse", () => {
  fc.assert(
    fc.property(calls, (all) => {
      const used: Used = new Map()
      expect(all.map((call) => takeLimits(limitsOf(call), call, used) === null)).toEqual(naive(all))
    }),
    { numRuns: 300 },
  )
})

test("needs no more of what was counted before than what a call's own keys say", () => {
  fc.assert(
    fc.property(calls, (all) => {
      let kept: Used = new Map()
      const answers = all.map((call) => {
        // As a worker that begins anew with each call.
        const used: Used = new Map(countKeys(limitsOf(call), call).map((key) => [key, kept.get(key) ?? 0]))
        const over = takeLimits(limitsOf(call), call, used)
        kept = new Map([...kept, ...used])
        return over === null
      })
      expect(answers).toEqual(naive(all))
    }),
  )
})

test("names the limit, and takes nothing of the others where one is reached", () => {
  const call: Call = { runId: "run_a", name: "one", isWrite: false, messages: 9, at: day, openedAt: day }
  const used: Used = new Map()
  expect(takeLimits(limitsOf(call), call, used)?.name).toBe("tenant.messagesPerDay")
  expect([...used.values()]).toEqual([])
})

test("leaves alone what outcomes would have reported", () => {
  const limits = callLimits(
    { runId: "run_a", server: "s", name: "n", isWrite: false, messages: 0, grant: null },
    { run: { tokens: 0, outputBytes: 0 } },
  )
  expect(takeLimits(limits, { at: 0, openedAt: 0 }, new Map())).toBeNull()
})
