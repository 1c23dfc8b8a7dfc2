import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { ConfigContent, GuardedPart, RecordContent, ToolHandlers } from "@deltaseal/guard"
import { contentBytes, fileContent } from "@deltaseal/guard/change"
import { aCommand, aMessage } from "./desk.ts"
import { after } from "./workspace.ts"

export const killTool = { name: "desk", version: "1.4.0", inputSchema: { type: "object" } }
export type KillKind = "file" | "record" | "config" | "message" | "command" | "call"
export type KillDesk = ToolHandlers<object, KillKind>

const record = { system: "crm", type: "contact", id: "c_1" }

export const killParts = {
  file: { target: { workspace: "main", path: "a.txt" }, after: { text: after } },
  record: { kind: "record", target: record, after: { stage: "MQL" } },
  config: {
    kind: "config",
    target: { system: "app", name: "app.json" },
    format: "json",
    after: { text: '{"replicas":3}\n' },
  },
  message: { kind: "message", target: { channel: "email" }, after: aMessage },
  command: { kind: "command", target: { runner: "reports" }, after: aCommand },
  call: { kind: "call" },
} as const

/** One part of a kind over a real folder. Each time that it is carried out leaves a line in `log`. */
export function aKillDesk(root: string, kind: KillKind, dying?: "before" | "after"): KillDesk {
  const at = (path: string) => join(root, path)
  const read = (path: string) => (existsSync(at(path)) ? readFileSync(at(path)) : null)
  const die = () => void process.kill(process.pid, "SIGKILL")

  return {
    plan: () => ({ parts: [killParts[kind]] }),
    observe: (target) => {
      if ("path" in target) {
        const bytes = read(target.path)
        return bytes === null ? null : fileContent(bytes)
      }
      if ("name" in target) {
        const text = read(target.name)?.toString()
        return text === undefined ? null : ({ text } satisfies ConfigContent)
      }
      const bytes = read("c_1.json-record")
      return bytes === null ? null : (JSON.parse(bytes.toString()) as RecordContent)
    },
    apply: async ({ parts }) => {
      if (dying === "before") die()
      for (const part of parts) write(part, at)
      appendFileSync(at("log"), `${kind}\n`)
      if (dying === "after") die()
      // The signal is on its way.
      if (dying !== undefined) await new Promise(() => undefined)
    },
  }
}

function write(part: GuardedPart, at: (path: string) => string): void {
  if (part.kind === "record")
    writeFileSync(at("c_1.json-record"), JSON.stringify({ value: part.after, version: "8" }))
  if (part.kind === "config") writeFileSync(at(part.target.name), part.after?.text ?? "")
  if (part.kind === "file" && part.after !== null)
    writeFileSync(at(part.target.path), contentBytes(part.after))
}
