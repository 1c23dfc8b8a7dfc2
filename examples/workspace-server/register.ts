import { DeltasealClient, GuardError, ProblemError } from "@deltaseal/guard"
import type { ToolDefinition } from "@deltaseal/guard/change"
import { z } from "zod"

/** A `tools.json`: what a server offers. */
export type Offered = Readonly<{
  server: string
  version: string
  tools: readonly Readonly<{ definition: object }>[]
}>

/** Why a tool could not be registered; its message is for the person who tries. */
export class RegistrationError extends Error {
  override readonly name = "RegistrationError"
}

const Variables = z.object({
  DELTASEAL_URL: z.url("is not a URL").default("http://localhost:3000"),
  DELTASEAL_API_KEY: z.string("is not set").min(1, "is empty"),
})

/**
 * Registers every tool that a server offers, and says of each where it stands.
 * Nothing but the address and a key with the scope `tools:register` is needed.
 *
 * @throws RegistrationError
 */
export async function registerTools(
  env: Readonly<Record<string, string | undefined>>,
  { server, version, tools }: Offered,
): Promise<string[]> {
  const { data, error } = Variables.safeParse(env)
  if (error !== undefined) {
    const lines = error.issues.map(({ path, message }) => `${path.join(".")} ${message}`)
    throw new RegistrationError(`${lines.join("; ")}.`)
  }

  const client = new DeltasealClient({ url: data.DELTASEAL_URL, apiKey: data.DELTASEAL_API_KEY })
  const lines: string[] = []
  for (const { definition: given } of tools) {
    const definition = given as ToolDefinition
    const { name } = definition
    const { result, status, next } = await client
      .registerTool({ server, name, version, definition })
      .catch(refuse(`${server}/${name} ${version}`))
    const rest = next === null ? "It can be used." : next.message
    lines.push(`${server}/${name} ${version}: ${result}, ${status}. ${rest}`)
  }
  return lines
}

function refuse(tool: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof ProblemError) {
      const reasons = error.reasons.map(({ path, message }) => ` ${path ?? ""}: ${message}`)
      throw new RegistrationError(`${tool} was refused (${error.code}): ${error.message}${reasons.join("")}`)
    }
    if (error instanceof GuardError) throw new RegistrationError(`${tool}: ${error.message}`)
    throw error
  }
}
