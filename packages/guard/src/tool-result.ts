/** What an MCP tool handler returns, as far as the guard makes it. */
export type ToolResult = {
  content: { type: "text"; text: string }[]
  isError?: boolean
  _meta?: Record<string, unknown>
}

/**
 * What an MCP server hands to a tool handler, as far as the guard uses it. The
 * context of `@modelcontextprotocol/server` fits; the guard does not depend on it.
 */
export type ToolContext = Readonly<{
  mcpReq?: Readonly<{
    _meta?: Readonly<{ progressToken?: string | number | undefined; [name: string]: unknown }> | undefined
    signal?: AbortSignal
    notify?: (notification: { method: string; params: Record<string, unknown> }) => Promise<void>
  }>
}>

/** What programs read where the model reads the text. */
export type DecisionMeta = Readonly<{
  status: string
  approvalId?: string
  executionId?: string
  changeHash?: string
  /** The parts of what was asked for that people did not approve, by their places from 1. */
  partsNotApproved?: readonly number[]
}>

export function doneResult(text: string, decision: DecisionMeta): ToolResult {
  return { content: [{ type: "text", text }], _meta: { [metaName]: decision } }
}

export function refusedResult(text: string, decision: DecisionMeta): ToolResult {
  return { ...doneResult(text, decision), isError: true }
}

/** The same result with words in front of it and more for programs. */
export function withWords(result: ToolResult, words: string, more: Partial<DecisionMeta>): ToolResult {
  const [first, ...rest] = result.content
  const text = first === undefined ? words : `${words}\n${first.text}`
  const decision = { ...(result._meta?.[metaName] as DecisionMeta | undefined), ...more }
  return { ...result, content: [{ type: "text", text }, ...rest], _meta: { [metaName]: decision } }
}

const metaName = "deltaseal/decision"
