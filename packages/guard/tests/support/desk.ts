import { chmod, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { ConfigContent, FilePlace, GuardedPart, ToolHandlers } from "@deltaseal/guard"
import { contentBytes, fileContent, type FileContent, type MessageContent } from "@deltaseal/guard/change"

export const deskTool = { name: "desk", version: "1.4.0", inputSchema: { type: "object" } }

/** Every kind but records, which have a test of their own. */
export type DeskKind = "file" | "config" | "message" | "command" | "call"
export type Desk = ToolHandlers<object, DeskKind>

export const aMessage: MessageContent = {
  from: "ana@northwind.example",
  replyTo: null,
  recipients: [{ role: "to", address: "bo@acme.example" }],
  subject: "Prices",
  body: "They go up.",
  attachments: [],
}
export const aCommand = {
  argv: ["report", "--", "may"],
  cwd: "/srv",
  env: [],
  stdinDigest: null,
  image: null,
}

export const parts = {
  message: { kind: "message", target: { channel: "email" }, after: aMessage },
  command: { kind: "command", target: { runner: "reports" }, after: aCommand },
  call: { kind: "call" },
  config: {
    kind: "config",
    target: { system: "app", name: "app.yaml" },
    format: "yaml",
    after: { text: "replicas: 3\n" },
  },
  /** Read without any package, so that it works in a bundle. */
  json: {
    kind: "config",
    target: { system: "app", name: "app.json" },
    format: "json",
    after: { text: '{"replicas":3}\n' },
  },
  move: { target: { workspace: "main", path: "b.txt", from: "a.txt" } },
} as const

/** A tool over a real folder, and an outbox into which goes what happens once. */
export function aDesk(root: string, outbox: string[]) {
  const at = (path: string) => join(root, path)
  const read = async (path: string): Promise<FileContent | null> => {
    try {
      const { mode } = await stat(at(path))
      return fileContent(await readFile(at(path)), (mode & 0o100) === 0 ? "100644" : "100755")
    } catch {
      return null
    }
  }
  const write = async ({ path }: FilePlace, after: FileContent | null) => {
    if (after === null) {
      await rm(at(path))
      return
    }
    await writeFile(at(path), contentBytes(after))
    await chmod(at(path), after.mode === "100755" ? 0o755 : 0o644)
  }
  const applyOne = async (part: GuardedPart) => {
    switch (part.kind) {
      case "message":
        return void outbox.push(part.after.recipients.map(({ address }) => address).join())
      case "command":
        return void outbox.push(part.after.argv.join(" "))
      case "call":
        return void outbox.push(part.target.name)
      case "config": {
        await writeFile(at(part.target.name), part.after?.text ?? "")
        return
      }
      case "file":
        if (part.target.from === undefined) {
          await write(part.target, part.after)
          return
        }
        {
          await rename(at(part.target.from), at(part.target.path))
          return
        }
      case "record":
        throw new Error("This desk has no records.")
    }
  }

  return {
    read,
    applyOne,
    observe: async (target: FilePlace | { system: string; name: string }) => {
      if ("path" in target) return await read(target.path)
      const text = await readFile(at(target.name), "utf8").catch(() => null)
      return text === null ? null : ({ text } satisfies ConfigContent)
    },
  }
}
