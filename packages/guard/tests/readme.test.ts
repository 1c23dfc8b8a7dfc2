import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import { expect, test } from "vitest"

const here = dirname(fileURLToPath(import.meta.url))
const [, example = ""] = /```ts\n([^]*?)```/.exec(readFileSync(join(here, "../README.md"), "utf8")) ?? []

/** What the README says the reader has: it is given its real types here. */
const theReadersOwn = `
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fromJsonSchema, type McpServer } from "@modelcontextprotocol/server"
import { contentBytes, createGuard, fileContent, type GuardedTool, type GuardOptions } from "@deltaseal/guard"
declare const server: McpServer, definition: GuardedTool, apiKey: string, root: string, run: GuardOptions["run"]
type NoteInput = { path: string; text: string }
const inputSchema = fromJsonSchema<NoteInput>({ type: "object" })
`

test(
  "the example in the README is ten lines that type-check in a real MCP server",
  { timeout: 60_000 },
  () => {
    expect(example.split("\n").filter((line) => line.trim() !== "")).toHaveLength(10)
    expect(faultsIn(theReadersOwn + example)).toEqual([])
  },
)

test("and the check would notice a mistake in it", { timeout: 60_000 }, () => {
  expect(faultsIn(theReadersOwn + example.replace("after: { text }", "after: { txt: text }"))).not.toEqual([])
})

function faultsIn(code: string): string[] {
  const root = join(here, "../../..")
  const read = ts.readConfigFile(join(root, "tsconfig.json"), (path) => ts.sys.readFile(path))
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, root)
  const file = join(here, "readme-example.ts")

  const host = ts.createCompilerHost(options)
  const readOther = host.getSourceFile.bind(host)
  host.getSourceFile = (name, language) =>
    name === file ? ts.createSourceFile(name, code, language) : readOther(name, language)
  const program = ts.createProgram([file], { ...options, noEmit: true, incremental: false }, host)
  return ts
    .getPreEmitDiagnostics(program)
    .map((found) => ts.flattenDiagnosticMessageText(found.messageText, "\n"))
}
