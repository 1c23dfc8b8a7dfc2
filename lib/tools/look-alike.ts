import { looksLike } from "@/lib/kernel/look-alikes"

/** A tool whatever its version. */
export type ToolName = Readonly<{ server: string; name: string }>

/**
 * The tool that this one would be taken for: server and name read the same, and
 * are not the same. What is registered already is what it is.
 */
export function lookAlikeOf(tool: ToolName, known: readonly ToolName[]): ToolName | undefined {
  if (known.some(({ server, name }) => server === tool.server && name === tool.name)) return undefined
  const look = lookOf(tool)

  return known.find((other) => lookOf(other) === look)
}

function lookOf({ server, name }: ToolName): string {
  return `${looksLike(server)}/${looksLike(name)}`
}
