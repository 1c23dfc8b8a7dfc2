import fc from "fast-check"
import { expect, test } from "vitest"
import * as life from "@/tests/support/lifecycle-model"
import { vote } from "@/tests/support/lifecycle-deciding"
import { explains, type Act } from "@/tests/support/lifecycle-history"
import { legalOrder, type Observed, type Sequential } from "@/tests/support/linearizability"

/** A life with one approval in it. */
function lifeWithOne(needs: number): life.Life {
  const made = life.newLife(needs)
  life.addApproval(made)
  return made
}

function actOf(
  name: string,
  model: (approval: life.ModelApproval) => life.Answer,
  changes: object = {},
): Act {
  const about = (all: life.Life) => {
    const it = life.find(all, "it")
    return it === undefined ? "nothing" : model(it)
  }
  return { name, on: ["it"], takes: null, model: about, ...changes }
}

const yes = (who: life.Who): Act =>
  actOf(`${who} approves`, (approval) =>
    vote(approval, { who, decision: "approve", hasReason: false, isRightHash: true }),
  )
const no = actOf("second denies", (approval) =>
  vote(approval, { who: "second", decision: "deny", hasReason: true, isRightHash: true }),
)
const spend = (nonce: number, executionId: string | null = null): Act =>
  actOf(`spends with ${nonce}`, (approval) =>
    life.consume(approval, {
      ...{ key: "asking", nonce, executionId },
      ...{ isRightRun: true, isRightHash: true, isRightState: true },
    }),
  )
const look = actOf("reads", life.read)
const cancel = actOf("cancels", (approval) => life.cancel(approval, "admin"))

/** From when to when, what, and how it was answered; null for never. */
type Line = readonly [from: number, to: number, act: Act, answer: string | null]

const isLegal = (needs: number, ...lines: readonly Line[]) =>
  explains(
    lifeWithOne(needs),
    lines.map(([sentAt, to, act, answer]) => ({
      sentAt,
      answeredAt: answer === null ? Infinity : to,
      operation: { act, answer },
    })),
  )

test.each<[string, number, readonly Line[]]>([
  [
    "one after the other",
    1,
    [
      [0, 1, yes("first"), "ok"],
      [2, 3, spend(1), "ok"],
      [4, 5, spend(1), "replayed"],
    ],
  ],
  [
    "the later one first, where they overlap",
    1,
    [
      [0, 9, spend(1), "ok"],
      [1, 3, yes("first"), "ok"],
    ],
  ],
  [
    "a read that overlaps and sees what was before",
    1,
    [
      [0, 9, look, "pending"],
      [1, 3, yes("first"), "ok"],
      [4, 5, look, "approved"],
    ],
  ],
  [
    "what was never answered and happened",
    1,
    [
      [0, 1, yes("first"), null],
      [2, 3, spend(1), "ok"],
    ],
  ],
  [
    "what was never answered and did not happen",
    1,
    [
      [0, 1, yes("first"), null],
      [2, 3, no, "ok"],
      [4, 5, look, "denied"],
    ],
  ],
  [
    "what was never answered and happened long after",
    1,
    [
      [0, 1, cancel, null],
      [2, 3, yes("first"), "ok"],
      [4, 5, spend(1), "cancelled"],
    ],
  ],
  [
    "an execution that the first answer did not name",
    1,
    [
      [0, 1, yes("first"), "ok"],
      [2, 3, spend(1), null],
      [4, 5, spend(1, "a"), "replayed"],
      [6, 7, spend(1, "a"), "replayed"],
    ],
  ],
])("explains %s", (_, needs, lines) => {
  expect(isLegal(needs, ...lines)).toBe(true)
})

test.each<[string, number, readonly Line[]]>([
  [
    "a double spend",
    1,
    [
      [0, 1, yes("first"), "ok"],
      [2, 9, spend(1), "ok"],
      [2, 9, spend(2), "ok"],
    ],
  ],
  [
    "two executions of one spend",
    1,
    [
      [0, 1, yes("first"), "ok"],
      [2, 9, spend(1, "a"), "ok"],
      [2, 9, spend(1, "b"), "replayed"],
    ],
  ],
  [
    "a lost vote",
    2,
    [
      [0, 9, yes("first"), "ok"],
      [0, 9, yes("second"), "ok"],
      [10, 11, look, "pending"],
    ],
  ],
  [
    "a vote that counts twice",
    2,
    [
      [0, 9, yes("first"), "ok"],
      [0, 9, yes("first"), "already_voted"],
      [10, 11, spend(1), "ok"],
    ],
  ],
  [
    "a stale read",
    1,
    [
      [0, 1, yes("first"), "ok"],
      [2, 3, look, "pending"],
    ],
  ],
  [
    "reads that go back",
    1,
    [
      [0, 9, yes("first"), "ok"],
      [1, 2, look, "approved"],
      [3, 4, look, "pending"],
    ],
  ],
  [
    "success after denial",
    1,
    [
      [0, 1, no, "ok"],
      [2, 9, yes("first"), "ok"],
      [2, 9, spend(1), "ok"],
    ],
  ],
  [
    "a refusal without a reason",
    1,
    [
      [0, 1, yes("first"), "ok"],
      [2, 3, spend(1), "not_approved"],
    ],
  ],
  [
    "what was never answered and happened before it was sent",
    1,
    [
      [0, 1, spend(1), "ok"],
      [2, 3, yes("first"), null],
    ],
  ],
])("refuses %s", (_, needs, lines) => {
  expect(isLegal(needs, ...lines)).toBe(false)
})

const acts: readonly Act[] = [
  yes("first"),
  yes("second"),
  yes("owner"),
  no,
  spend(1),
  spend(2),
  look,
  look,
  cancel,
]

/** What happens one after the other, and around each moment when it was sent and answered. */
const overlapping = fc.array(
  fc.record({ act: fc.constantFrom(...acts), before: fc.nat(6), after: fc.nat(6), isHeard: fc.nat(9) }),
  { minLength: 2, maxLength: 40 },
)

test("what a model did is explained, however its operations overlapped, also with answers lost", () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 2), overlapping, (needs, happened) => {
      const approval = lifeWithOne(needs)
      const lines = happened.map<Line>(({ act, before, after, isHeard }, at) => {
        const answer = act.model(approval)
        return [at - before - 0.5, at + after + 0.5, act, isHeard === 0 ? null : answer]
      })
      expect(isLegal(needs, ...lines)).toBe(true)
    }),
  )
})

test("with one answer changed it is what trying every order says", () => {
  const few = fc.array(fc.record({ act: fc.constantFrom(...acts), before: fc.nat(3), after: fc.nat(3) }), {
    minLength: 2,
    maxLength: 6,
  })
  const answers = [
    "ok",
    "approval_closed",
    "already_voted",
    "pending",
    "approved",
    "denied",
    "already_consumed",
  ]
  let refused = 0
  fc.assert(
    fc.property(few, fc.nat(5), fc.constantFrom(...answers), (happened, place, answer) => {
      const approval = lifeWithOne(1)
      const lines = happened.map<Line>(({ act, before, after }, at) => {
        const real = act.model(approval)
        return [at - before - 0.5, at + after + 0.5, act, at === place % happened.length ? answer : real]
      })
      const expected = someOrderFits(lines, lifeWithOne(1))
      if (!expected) refused += 1
      expect(isLegal(1, ...lines)).toBe(expected)
    }),
    { numRuns: 500 },
  )
  expect(refused).toBeGreaterThan(100)
})

/** The definition itself: whichever was not sent after another's answer may come first. */
function someOrderFits(left: readonly Line[], approval: life.Life): boolean {
  if (left.length === 0) return true

  return left.some((line) => {
    const [from, , act, answer] = line
    if (left.some(([, to]) => to < from)) return false
    const next = life.copyOf(approval)
    const rest = left.filter((other) => other !== line)
    return act.model(next) === answer && someOrderFits(rest, next)
  })
}

test("48 overlapping operations, half of them unheard, are searched in no time", () => {
  const counter: Sequential<number, number> = {
    first: 0,
    step: (state, add) => [state + add],
    keyOf: String,
    onlyLooks: (_, add) => add === 0,
  }
  const history = Array.from({ length: 48 }, (_, index): Observed<number> => ({
    sentAt: 0,
    answeredAt: index % 2 === 0 ? 1 : Infinity,
    operation: index % 3,
  }))

  expect(legalOrder(history, counter)).not.toBeNull()
})
