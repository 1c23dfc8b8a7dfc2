import { fromJsonSchema, McpServer } from "@modelcontextprotocol/server"
import { definitionOf, serverName, serverVersion } from "./definitions.ts"
import type { ContactInput, createTools, PatchInput } from "./tools.ts"

export type Tools = ReturnType<typeof createTools>

/** One MCP server over the tools. Made anew per connection and per probe, so it starts nothing by itself. */
export function createMcpServer(tools: Tools): McpServer {
  const server = new McpServer({ name: serverName, version: serverVersion }, { instructions })
  server.registerTool("get_contact", configOf<ContactInput>("get_contact"), tools.get_contact)
  server.registerTool("crm.apply_patch", configOf<PatchInput>("crm.apply_patch"), tools["crm.apply_patch"])
  return server
}

const instructions =
  'Reading is immediate. A change waits until a person has reviewed it field by field; say why you want it in _meta["deltaseal/reason"]. A refused change changes nothing, and its result says who refused it and why.'

function configOf<Input>(name: string) {
  const { title, description, inputSchema, annotations } = definitionOf(name)
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(annotations === undefined ? {} : { annotations }),
    inputSchema: fromJsonSchema<Input>(inputSchema),
  }
}
