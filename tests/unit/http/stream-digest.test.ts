import { expect, test } from "vitest"
import { digestOfNotices, singlesMax, windowMs } from "@/lib/http/stream-digest"

const notice = (at: number) => ({ tenantId: "ten_1", runId: "run_1", approvalId: `appr_${at}` })
const notices = (count: number, from = 0) => Array.from({ length: count }, (_, at) => notice(from + at))

test("few changes are told of one by one, and a flood in one event every few seconds that names them", () => {
  const { take } = digestOfNotices()
  expect(take(notices(3), 0)).toEqual(notices(3))
  const flooded = take(notices(200, 3), 10)
  expect(flooded).toEqual(notices(singlesMax - 3, 3))
  expect(take(notices(100, 203), windowMs - 1)).toEqual([])

  const [digest, ...rest] = take([], windowMs)
  const heldBack = notices(303).slice(singlesMax)
  expect(digest).toEqual({
    digest: heldBack.length,
    approvalIds: heldBack.slice(0, 200).map(({ approvalId }) => approvalId),
    runIds: ["run_1"],
  })
  expect(rest).toEqual([])
})

test("while the flood lasts nothing is told of one by one; after it, everything is again", () => {
  const { take } = digestOfNotices()
  take(notices(50), 0)
  expect(take([notice(50)], windowMs)).toEqual([expect.objectContaining({ digest: 40 })])
  expect(take([], 2 * windowMs)).toEqual([expect.objectContaining({ digest: 1 })])
  expect(take([notice(51)], 3 * windowMs)).toEqual([notice(51)])
})

test("that something may have been missed is said at once, once", () => {
  const { take } = digestOfNotices()
  take(notices(50), 0)
  expect(take([null, null], 1)).toEqual([{}])
})
