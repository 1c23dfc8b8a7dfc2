import { fromJsonSchema, McpServer } from "@modelcontextprotocol/server"
import { definitionOf, serverName, serverVersion } from "./definitions.ts"
import type { createTools, EditInput, ListInput, PathInput, WriteInput } from "./tools.ts"

export type Tools = ReturnType<typeof createTools>

/** One MCP server over the tools. Made anew per connection and per probe, so it starts nothing by itself. */
export function createMcpServer(tools: Tools): McpServer {
  const server = new McpServer({ name: serverName, version: serverVersion }, { instructions })
  server.registerTool("list_files", configOf<ListInput>("list_files"), tools.list_files)
  server.registerTool("read_file", configOf<PathInput>("read_file"), tools.read_file)
  server.registerTool("write_file", configOf<WriteInput>("write_file"), tools.write_file)
  server.registerTool("edit_file", configOf<EditInput>("edit_file"), tools.edit_file)
  return server
}

const instructions =
  'Reading is immediate. A write waits until a person has reviewed its diff; say why you want it in _meta["deltaseal/reason"]. A refused write changes nothing, and its result says who refused it and why.'

function configOf<Input>(name: string) {
  const { title, description, inputSchema, annotations } = definitionOf(name)
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(annotations === undefined ? {} : { annotations }),
    inputSchema: fromJsonSchema<Input>(inputSchema),
  }
}
