import { homedir } from "node:os"
import { join } from "node:path"
import type { RegisteredTool } from "./answers.ts"
import type { ApprovedChange, Effects } from "./approved-change.ts"
import { createBackground } from "./background.ts"
import type { JsonValue } from "./canonical.ts"
import { ChangeError } from "./change-error.ts"
import { DeltasealClient } from "./client.ts"
import type { ConfigDigest } from "./config-part.ts"
import type { ToolIdentity } from "./envelope.ts"
import { GuardError } from "./guard-error.ts"
import type { Guard, GuardedTool, GuardOptions, ToolHandlers } from "./guard-options.ts"
import { callGuarded } from "./guarded-call.ts"
import type { GuardedKind } from "./guarded-kinds.ts"
import { toolHash } from "./hashes.ts"
import { openJournal } from "./journal.ts"
import { assertName, assertVersion } from "./names.ts"
import { createPermitVerifier } from "./permit.ts"
import type { Observe } from "./places.ts"
import { callRead } from "./read-call.ts"
import { createRecovery } from "./recovery.ts"
import { createSession } from "./session.ts"

/**
 * Puts Deltaseal between an agent and the tools of one MCP server.
 *
 * @throws GuardError `invalid_configuration`; calls of the wrapped tools never throw
 */
export function createGuard(options: GuardOptions): Guard {
  const parts = assemble(options)
  const { client, session, recovery, background } = parts
  const wrapped = new Map<string, GuardedTool>()
  const know = (tool: GuardedTool): ToolIdentity => {
    const identity = identify(options.server.name, tool)
    wrapped.set(identity.name, tool)
    return identity
  }

  return {
    guard: (tool, handlers) => {
      const identity = know(tool)
      const effects = effectsOf(handlers, options.configDigest)
      recovery.know(identity.name, effects)
      return async (input, context) => {
        // What was left undone comes first: it may be about the same target.
        await recovery.resume()
        const plan = async () => await handlers.plan(input, context)
        return await callGuarded(parts, { tool: identity, input, plan, effects, context })
      }
    },
    read: (tool, handler) => {
      const identity = know(tool)
      return async (input, context) =>
        // The cast promises nothing: what is not JSON is refused when it is hashed.
        await callRead(
          parts,
          identity,
          input as JsonValue,
          async (signal) => await handler(input, context, signal),
        )
    },
    register: async () => await registerAll(client, options.server.name, [...wrapped.values()]),
    recover: recovery.run,
    close: async () => {
      await background.settled()
      await session.close()
    },
  }
}

async function registerAll(
  client: DeltasealClient,
  server: string,
  tools: readonly GuardedTool[],
): Promise<RegisteredTool[]> {
  const registered: RegisteredTool[] = []
  for (const { version, ...definition } of tools) {
    registered.push(await client.registerTool({ server, name: definition.name, version, definition }))
  }
  return registered
}

function assemble(options: GuardOptions) {
  checked(() => assertName(options.server.name))
  const client = new DeltasealClient(options)
  const journal = openJournal(options.stateDirectory ?? join(homedir(), ".deltaseal", "guard"))
  const permits = createPermitVerifier({
    issuer: options.issuer ?? client.origin,
    audience: options.server.name,
    origin: client.origin,
    ...(options.keys === undefined ? {} : { keys: options.keys }),
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  })
  const warn = options.onWarning ?? (() => undefined)
  const background = createBackground(warn)
  const session = createSession(client, options.run, warn)
  const spending = { client, journal, permits }
  const recovery = createRecovery({ ...spending, session, warn, server: options.server.name })
  return { ...spending, session, recovery, background, warn, waitSeconds: options.waitSeconds ?? 3600 }
}

function identify(server: string, tool: GuardedTool): ToolIdentity {
  return checked(() => {
    assertName(tool.name)
    assertVersion(tool.version)
    return { server, name: tool.name, version: tool.version, definition: toolHash(tool) }
  })
}

/** A tool that cannot be named or hashed is a mistake in the program, to be seen when it starts. */
function checked<Value>(check: () => Value): Value {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof ChangeError)) throw error
    throw new GuardError("invalid_configuration", error.message)
  }
}

function effectsOf<Input, Kind extends GuardedKind>(
  handlers: ToolHandlers<Input, Kind>,
  configDigest: ConfigDigest | undefined,
): Effects {
  // A tool is asked only for targets that it planned itself.
  const { observe = cannotObserve } = handlers as Readonly<{ observe?: Observe }>
  return {
    observe,
    configDigest,
    sandbox: handlers.sandbox,
    partial: handlers.partial,
    // The input was the tool's own when it was hashed, and a journal gives back what was hashed.
    apply: async (change) =>
      (await handlers.apply(change as unknown as ApprovedChange<Input, Kind>)) ?? undefined,
  }
}

function cannotObserve(): never {
  throw new GuardError("invalid_configuration", "A tool that changes something has to say how to look at it.")
}
