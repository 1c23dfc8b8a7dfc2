import { GuardError, type GuardedTool } from "@deltaseal/guard"
import type { ToolDefinition } from "@deltaseal/guard/change"
import registered from "./tools.json"

export const serverName: string = registered.server
export const serverVersion: string = registered.version

/** A tool exactly as it is registered with Deltaseal: what is listed, what is hashed and what runs are one thing. */
export function definitionOf(name: string): GuardedTool & Required<Pick<ToolDefinition, "inputSchema">> {
  const tool = registered.tools.find(({ definition }) => definition.name === name)
  if (tool === undefined) throw new GuardError("invalid_configuration", `tools.json has no tool ${name}.`)

  // A JSON module has no index signatures, which is all that keeps it from being one of ours.
  const definition = tool.definition as unknown as ToolDefinition &
    Required<Pick<ToolDefinition, "inputSchema">>
  return { ...definition, version: registered.version }
}
