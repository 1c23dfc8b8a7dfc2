import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import type { JsonObject } from "@deltaseal/guard/change"
import { parts, type Desk } from "./support/desk.ts"
import { openDesk, type OpenDesk } from "./support/open-desk.ts"
import { after, textOf } from "./support/workspace.ts"

// These wait for real answers; a busy machine adds to them.
vi.setConfig({ testTimeout: 20_000 })

let opened: OpenDesk
let server: OpenDesk["server"]
let workspace: OpenDesk["workspace"]
let outbox: OpenDesk["outbox"]
let desk: OpenDesk["desk"]
let call: OpenDesk["call"]

beforeEach(async () => {
  opened = await openDesk()
  ;({ server, workspace, outbox, desk, call } = opened)
})
afterEach(() => opened.close())

describe("a change of several kinds", () => {
  const write = { target: { workspace: "main", path: "c.txt" }, after: { text: after } }
  const all = [write, parts.config, parts.move, parts.message, parts.command, parts.call]

  test("is carried out in its order, with a receipt for each part", async () => {
    expect((await call(all)).isError).toBeUndefined()
    expect(outbox).toEqual(["bo@acme.example", "report -- may", "desk"])
    const [outcome] = server.outcomes()
    expect(outcome).toMatchObject({ status: "applied" })
    expect((outcome?.receipts as JsonObject[]).map(({ type }) => type)).toEqual([
      "file",
      "config",
      "file",
      "message",
      "command",
      "call",
    ])
    expect(outcome?.observedAfter).toHaveLength(6)
  })

  test("that fails in the middle says which parts were done, to the server and to the model", async () => {
    const result = await call([write, parts.message, parts.command, parts.config], {
      apply: async (change) => {
        for (const part of change.parts) {
          if (part.kind === "command") throw new Error("No such program.")
          await desk.applyOne(part)
          change.done(part, { type: part.kind, id: `${part.kind} receipt` })
        }
      },
    })

    expect(textOf(result)).toMatch(
      /No such program\.\nDone: create main:c\.txt, send through email to 1 recipient\. Not done: execute on reports, update app:app\.yaml\./,
    )
    expect(server.outcomes()).toMatchObject([
      {
        status: "failed",
        observedAfter: [{ state: "present" }, { state: "present" }, { state: "absent" }, { bytes: 12 }],
        output: { redacted: "Of 4 parts these were done: 1, 2." },
        receipts: [{ id: "file receipt" }, { id: "message receipt" }],
      },
    ])
  })

  test("stops at a destination that was taken, with nothing sent", async () => {
    await mkdir(join(workspace.root, "x"))
    const result = await call([parts.message, { target: { ...parts.move.target, path: "x/b.txt" } }], {
      observe: async (target) => {
        const isSpent = server.requestsTo("/consume").length > 0
        if (isSpent) await writeFile(join(workspace.root, "x/b.txt"), "taken")
        return await desk.observe(target)
      },
    })
    expect(textOf(result)).toContain("changed before it could be applied")
    expect(outbox).toEqual([])
    expect(await readFile(join(workspace.root, "x/b.txt"), "utf8")).toBe("taken")
  })
})

describe("a dry run", () => {
  const dry: Partial<Desk> = { plan: () => ({ parts: [parts.message, parts.config], dryRun: true }) }

  test("is asked for, permitted as one, and leaves everything as it is", async () => {
    server.state.bend = (permit) => ({ ...permit, dryRun: true })
    let isDry = false
    const result = await call([], { ...dry, apply: ({ dryRun }) => void (isDry = dryRun) })

    expect(server.requestsTo("tool-calls")[0]?.body).toMatchObject({ dryRun: true })
    expect(isDry).toBe(true)
    expect(textOf(result)).toMatch(/^A dry run: Nothing was changed\./)
    expect(server.outcomes()).toMatchObject([
      { status: "applied", observedAfter: [{ state: "absent" }, { bytes: 12 }], receipts: [] },
    ])
  })

  test("that is not permitted as one does not run at all", async () => {
    expect(textOf(await call([], dry))).toContain("it is not for a dry run")
    expect(outbox).toEqual([])
  })

  test("that wrote is found out", async () => {
    server.state.bend = (permit) => ({ ...permit, dryRun: true })
    const result = await call([], { ...dry, apply: () => workspace.write("x: 1\n", "app.yaml") })
    expect(result).toMatchObject({ isError: true })
  })
})
