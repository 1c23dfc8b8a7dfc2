import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  contentBytes,
  createGuard,
  fileContent,
  type GuardOptions,
  type ToolHandlers,
  type ToolResult,
} from "@deltaseal/guard"
import { apiKey, type SmallServer } from "./small-server.ts"

/** What is in a.txt, and what the tools of these tests want there. */
export const before = "alpha\nbeta\n"
export const after = "alpha\ngamma\n"

export type WriteInput = { path: string; content: string }

/** A real folder with the handlers of a tool that writes into it. */
export async function aWorkspace() {
  const root = await mkdtemp(join(tmpdir(), "deltaseal-guard-"))
  const stateDirectory = join(root, "state")
  await writeFile(join(root, "a.txt"), before)
  const at = (path: string) => join(root, path)

  const handlers: ToolHandlers<WriteInput> = {
    observe: async ({ path }) =>
      await readFile(at(path)).then(
        (bytes) => fileContent(bytes),
        () => null,
      ),
    plan: ({ path, content }) => ({
      parts: [{ target: { workspace: "main", path }, after: { text: content } }],
      reason: "Because the client asked.",
    }),
    apply: async ({ parts }) => {
      for (const { target, after } of parts) {
        await (after === null ? rm(at(target.path)) : writeFile(at(target.path), contentBytes(after)))
      }
    },
  }

  return {
    root,
    stateDirectory,
    handlers,
    read: async (path = "a.txt") => await readFile(at(path), "utf8"),
    write: async (content: string, path = "a.txt") => await writeFile(at(path), content),
    remove: async () => await rm(root, { recursive: true }),
  }
}

export type Workspace = Awaited<ReturnType<typeof aWorkspace>>

export function aGuard(server: SmallServer, workspace: Workspace, more: Partial<GuardOptions> = {}) {
  return createGuard({
    url: server.url,
    apiKey,
    server: { name: "workspace" },
    run: { environment: "dev", workflow: "docs", actor: { agent: "writer" } },
    stateDirectory: workspace.stateDirectory,
    retryMilliseconds: 5,
    timeoutSeconds: 5,
    ...more,
  })
}

export function textOf(result: ToolResult): string {
  return result.content.map((item) => item.text).join("\n")
}
