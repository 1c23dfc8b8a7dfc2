import { Client, type CallToolResult } from "@modelcontextprotocol/client"
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio"

/** How to start the MCP server that this agent works with. */
export type ServerCommand = Readonly<{
  command: string
  args: readonly string[]
  env: Readonly<Record<string, string>>
  /** Hears what the server says to people. */
  onServerLog?: (text: string) => void
}>

/** A tool's answer as a model would get it. */
export type Answer = Readonly<{
  isDone: boolean
  text: string
  /** What became of the decision, for programs: `applied`, `denied`, `expired`, …; null for reads. */
  status: string | null
}>

/** Why a change is wanted, in the agent's words, and who hears of the wait for people. */
export type Asking = Readonly<{ reason: string; onWaiting?: (message: string) => void }>

export type Agent = Readonly<{
  protocolVersion: string
  listTools: () => ReturnType<Client["listTools"]>
  listFiles: () => Promise<Answer>
  readFile: (path: string) => Promise<Answer>
  writeFile: (file: Readonly<{ path: string; content: string }>, asking: Asking) => Promise<Answer>
  editFile: (
    edit: Readonly<{ path: string; find: string; replace: string }>,
    asking: Asking,
  ) => Promise<Answer>
  patchContact: (
    change: Readonly<{ tenantId: string; contactId: string; patch: readonly object[] }>,
    asking: Asking,
  ) => Promise<Answer>
  /** Any tool of any server. */
  call: (name: string, input: Record<string, unknown>, asking: Asking) => Promise<Answer>
  /** The MCP server's process. */
  serverPid: number | null
  /** Ends the server. Whatever still waits for a decision is withdrawn by it. */
  close: () => Promise<void>
}>

/** Starts an MCP server and connects to it over its standard input and output. */
export async function connectAgent(server: ServerCommand): Promise<Agent> {
  const client = new Client(
    { name: "northwind-website-agent", version: "1.0.0" },
    { versionNegotiation: { mode: { pin: protocolVersion } } },
  )
  const transport = new StdioClientTransport({ ...server, args: [...server.args], stderr: "pipe" })
  transport.stderr?.on("data", (chunk: Buffer) => server.onServerLog?.(chunk.toString()))
  await client.connect(transport)

  const call = async (name: string, input: Record<string, unknown>, asking?: Asking) =>
    answerOf(await client.callTool(requestOf(name, input, asking), optionsOf(asking)))

  return {
    protocolVersion: client.getNegotiatedProtocolVersion() ?? "unknown",
    listTools: async () => await client.listTools(),
    listFiles: async () => await call("list_files", {}),
    readFile: async (path) => await call("read_file", { path }),
    writeFile: async (file, asking) => await call("write_file", { ...file }, asking),
    editFile: async (edit, asking) => await call("edit_file", { ...edit }, asking),
    patchContact: async (change, asking) => await call("crm.apply_patch", { ...change }, asking),
    call,
    serverPid: transport.pid,
    close: async () => {
      await client.close()
    },
  }
}

const protocolVersion = "2026-07-28"

function requestOf(name: string, input: Record<string, unknown>, asking: Asking | undefined) {
  if (asking === undefined) return { name, arguments: input }
  return { name, arguments: input, _meta: { "deltaseal/reason": asking.reason } }
}

/** People take their time: as long as the server says that it still waits, so does the agent. */
function optionsOf(asking: Asking | undefined) {
  const onprogress = ({ message }: { message?: string | undefined }) => asking?.onWaiting?.(message ?? "")
  return { onprogress, resetTimeoutOnProgress: true, timeout: 60_000 }
}

function answerOf(result: CallToolResult): Answer {
  const text = result.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n")
  return { isDone: result.isError !== true, text, status: statusIn(result._meta) }
}

function statusIn(meta: Record<string, unknown> | undefined): string | null {
  const decision = meta?.["deltaseal/decision"]
  const isDecision = typeof decision === "object" && decision !== null && "status" in decision
  return isDecision && typeof decision.status === "string" ? decision.status : null
}
