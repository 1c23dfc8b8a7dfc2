import { fromJsonSchema, McpServer } from "@modelcontextprotocol/server"
import { definitionOf, serverName, serverVersion } from "./definitions.ts"
import type { EmailInput } from "./email.ts"
import type { HookInput } from "./hook.ts"
import type { ReportInput } from "./report.ts"
import type { ConfigInput, createTools, MoveInput } from "./tools.ts"

export type Tools = ReturnType<typeof createTools>

/** One MCP server over the tools. Made anew per connection and per probe, so it starts nothing by itself. */
export function createMcpServer(tools: Tools): McpServer {
  const server = new McpServer({ name: serverName, version: serverVersion }, { instructions })
  server.registerTool("send_email", configOf<EmailInput>("send_email"), tools.send_email)
  server.registerTool("set_config", configOf<ConfigInput>("set_config"), tools.set_config)
  server.registerTool("run_report", configOf<ReportInput>("run_report"), tools.run_report)
  server.registerTool("move_file", configOf<MoveInput>("move_file"), tools.move_file)
  server.registerTool("call_hook", configOf<HookInput>("call_hook"), tools.call_hook)
  return server
}

const instructions =
  'Every call waits until a person has reviewed exactly what it would do; say why you want it in _meta["deltaseal/reason"]. A refused call does nothing, and its result says who refused it and why.'

function configOf<Input>(name: string) {
  const { title, description, inputSchema, annotations } = definitionOf(name)
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(annotations === undefined ? {} : { annotations }),
    inputSchema: fromJsonSchema<Input>(inputSchema),
  }
}
