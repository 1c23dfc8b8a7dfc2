import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { createGuard, DeltasealClient } from "@deltaseal/guard"
import { registerTools } from "@/examples/workspace-server/register"
import workspace from "@/examples/workspace-server/tools.json"
import { makeKey, newLeaves, startWorld, type World } from "../support/world"

let world: World
let apiKey: string

beforeAll(async () => {
  world = await startWorld()
  apiKey = (await makeKey(world, { scopes: ["tools:register"] })).text
})

afterAll(() => world.close())

const definition = {
  name: "send_note",
  title: "Send a note",
  inputSchema: { type: "object", properties: { text: { type: "string" } } },
} as const

describe("a guard", () => {
  const aGuard = () =>
    createGuard({
      url: world.url,
      apiKey,
      server: { name: "notes" },
      run: { environment: "dev", workflow: "w", actor: { agent: "a" } },
    })

  test("registers every tool that it wraps, by the members that are hashed", async () => {
    const guard = aGuard()
    guard.read({ ...definition, version: "1.0.0", icons: [] } as never, () => ({ content: [] }))
    guard.read({ ...definition, name: "list_notes", version: "1.0.0" }, () => ({ content: [] }))
    const registered = await guard.register()
    expect(registered.map(({ name, result, status }) => [name, result, status])).toEqual([
      ["send_note", "registered", "waiting"],
      ["list_notes", "registered", "waiting"],
    ])
    expect(registered[0]?.next).toMatchObject({ code: "accept" })

    const again = await newLeaves(world, () => guard.register())
    expect([again.value.map(({ result }) => result), again.leaves]).toEqual([["unchanged", "unchanged"], []])
  })

  test("hears why a tool was refused", async () => {
    const guard = aGuard()
    const inputSchema = { properties: { a: { pattern: "(?=b)" } } }
    guard.read({ name: "odd", version: "1.0.0", inputSchema }, () => ({ content: [] }))
    await expect(guard.register()).rejects.toMatchObject({
      code: "unsupported_schema",
      reasons: [{ path: "/definition/inputSchema/properties/a/pattern" }],
    })
  })
})

test("a client whose server read something else says so", async () => {
  const fetch: typeof globalThis.fetch = async (url, init) => {
    const body = JSON.parse(init?.body as string) as { definition: object }
    const bent = { ...body, definition: { ...body.definition, title: "Bent on the way" } }
    return globalThis.fetch(url, { ...init, body: JSON.stringify(bent) })
  }
  const client = new DeltasealClient({ url: world.url, apiKey, fetch })
  const tool = { server: "bent", name: definition.name, version: "1.0.0", definition }
  await expect(client.registerTool(tool)).rejects.toMatchObject({ code: "hash_mismatch" })
})

describe("an example server", () => {
  test("says of each of its tools where it stands", async () => {
    const env = { DELTASEAL_URL: world.url, DELTASEAL_API_KEY: apiKey }
    const renamed = { ...workspace, server: "second" }
    expect(await registerTools(env, renamed)).toEqual(
      workspace.tools.map(
        ({ definition: { name } }) =>
          `second/${name} 1.4.0: registered, waiting. A person has to read this definition and accept it with a tier.`,
      ),
    )
    expect(await registerTools(env, workspace)).toContain(
      "workspace/write_file 1.4.0: unchanged, active. It can be used.",
    )
  })

  test("says what is missing, and what was refused with its place", async () => {
    await expect(registerTools({}, workspace)).rejects.toThrow("DELTASEAL_API_KEY is not set.")
    const env = { DELTASEAL_URL: world.url, DELTASEAL_API_KEY: apiKey }
    const odd = {
      server: "odd",
      version: "1",
      tools: [{ definition: { name: "odd", inputSchema: { typo: 1 } } }],
    }
    await expect(registerTools(env, odd)).rejects.toThrow(
      /^odd\/odd 1 was refused \(unsupported_schema\): .*\/definition\/inputSchema\/typo/,
    )
    const reading = (await makeKey(world, { scopes: ["poll"] })).text
    await expect(registerTools({ ...env, DELTASEAL_API_KEY: reading }, workspace)).rejects.toThrow(
      "scope_missing",
    )
  })
})
