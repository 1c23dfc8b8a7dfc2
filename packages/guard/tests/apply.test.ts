import { afterEach, beforeEach, expect, test } from "vitest"
import type { ToolHandlers } from "@deltaseal/guard"
import { approve, startSmallServer, writeFileTool, type SmallServer } from "./support/small-server.ts"
import {
  after,
  aGuard,
  aWorkspace,
  before,
  textOf,
  type Workspace,
  type WriteInput,
} from "./support/workspace.ts"

let server: SmallServer
let workspace: Workspace

beforeEach(async () => {
  server = await startSmallServer()
  workspace = await aWorkspace()
  server.state.onPoll = approve
})
afterEach(async () => {
  await server.stop()
  await workspace.remove()
})

const call = (handlers: Partial<ToolHandlers<WriteInput>>) =>
  aGuard(server, workspace).guard(writeFileTool, { ...workspace.handlers, ...handlers })({
    path: "a.txt",
    content: after,
  })

test("a tool that throws after writing is reported as applied, for it was", async () => {
  const result = await call({
    apply: async (change) => {
      await workspace.handlers.apply(change)
      throw new Error("The connection broke.")
    },
  })
  expect(result.isError).toBeUndefined()
  expect(server.outcomes()).toEqual([expect.objectContaining({ status: "applied" })])
})

test("a tool that throws before writing changed nothing, and the model is told", async () => {
  const result = await call({ apply: () => Promise.reject(new Error("The disk is full.")) })
  expect(textOf(result)).toMatch(/The disk is full\.\nNothing was changed\./)
  expect(server.outcomes()).toEqual([expect.objectContaining({ status: "failed" })])
})

test("a tool that writes something else than was approved is found out", async () => {
  const result = await call({ apply: async () => await workspace.write("something else\n") })
  expect(textOf(result)).toContain("what is there now is not what was approved")
  expect(result.isError).toBe(true)
})

test("what is applied cannot be touched by the tool that planned it", async () => {
  const result = await call({
    apply: ({ parts }) => {
      for (const part of parts) part.after = { text: "another" }
    },
  })
  expect(textOf(result)).toMatch(/read only|read-only/)
  expect(await workspace.read()).toBe(before)
})
