import { expect, test } from "vitest"
import { signOfRestore, type Memory, type Standing } from "@/lib/db/watch/standing"

const memory: Memory = {
  v: 1,
  lineageId: "l",
  nodeId: "n",
  epoch: 2,
  beat: 7,
  nonce: "seven",
  leaves: 40,
}
const here = { systemIdentifier: "7711", timeline: "00000001" }
const nowhere = { systemIdentifier: null, timeline: null }
const beats = (beat: number, nonce: string) => new Map([["n", { beat, nonce }]])
const standing: Standing = {
  lineageId: "l",
  epoch: 2,
  recorded: here,
  found: here,
  beats: beats(7, "seven"),
  isUnwatched: false,
}

test.each([
  ["it is where it was left", {}, null],
  ["its process died between the row and the file", { beats: beats(8, "eight") }, null],
  ["its row is behind", { beats: beats(6, "six") }, "behind"],
  ["its row is gone", { beats: new Map() }, "behind"],
  ["another history is at the same beat", { beats: beats(7, "another seven") }, "forked"],
  ["its epoch is behind", { epoch: 1 }, "behind"],
  ["somebody else has seen to it", { epoch: 3, beats: beats(1, "one") }, null],
  ["it is on another server", { found: { ...here, systemIdentifier: "7712" } }, "other_server"],
  ["it is on another timeline", { found: { ...here, timeline: "00000002" } }, "other_timeline"],
  ["the server does not say where it is", { found: nowhere }, null],
  ["nobody wrote down where it was", { recorded: nowhere }, null],
] as const)("of a database that is remembered: %s", (_, changes, sign) => {
  expect(signOfRestore({ ...standing, ...changes }, [memory], false)).toBe(sign)
})

test("a database that nobody ever watched is taken, unless others were watched from here", () => {
  const unwatched = { ...standing, beats: new Map(), isUnwatched: true }
  expect(signOfRestore(unwatched, [], false)).toBeNull()
  expect(signOfRestore(unwatched, [], true)).toBe("older_than_memory")
})
