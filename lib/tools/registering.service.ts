import type { JsonValue } from "@deltaseal/guard/change"
import type { KeyActor } from "@/lib/access/actor"
import type { TenantDb } from "@/lib/db/tenant-db"
import { AppError } from "@/lib/errors/app-error"
import { authorise, command, partyOf } from "@/lib/operations/command"
import { assertToolRef, readDefinition, type ReadDefinition } from "./definition"
import { compileInputSchema } from "./input-schema"
import { lookAlikeOf, type ToolName } from "./look-alike"
import { insertWaitingTool, lockTool, proposeDefinition, replaceWaiting } from "./managed-tools.repo"
import type { Registered } from "./tool.schema"
import { toolEvent } from "./tool-event"
import type { ToolRef } from "./tool"
import { lockToolNames } from "./tool-names.repo"
import { knownTool, registeredView } from "./tools.queries"

/**
 * Registers a tool as its server offers it. What nobody has accepted is
 * suspended, and a definition that differs from the accepted one suspends the
 * tool at once; no registration makes anything usable.
 *
 * @throws AppError `invalid_name`, `invalid_definition`, `definition_too_large`, `unsupported_schema`, `look_alike_name`
 */
export async function registerTool(
  actor: KeyActor,
  { definition: given, ...ref }: ToolRef & Readonly<{ definition: JsonValue }>,
): Promise<Registered> {
  authorise(actor, "tool:register", actor.tenantId)
  assertToolRef(ref)
  const definition = readDefinition(given, ref.name)
  if (definition.inputSchema !== undefined) assertEnforceable(definition.inputSchema)

  // A server registers whenever it starts: what changes nothing is answered without a leaf.
  const known = await knownTool(actor, ref)
  const isKnown = known !== null && [known.definitionHash, known.proposedHash].includes(definition.hash)
  const result = isKnown ? "unchanged" : await saveRegistration(actor, actor.tenantId, { ref, definition })

  return { tool: await registeredView(actor, ref), result }
}

type Registration = Readonly<{ ref: ToolRef; definition: ReadDefinition }>

const saveRegistration = command(
  "tool:register",
  async ({ actor, db }, { ref, definition }: Registration) => {
    const { result, was } = await save(db, partyOf(actor).id, { ref, definition })
    const registered = toolEvent("tool.registered", db.tenantId, ref, {
      plain: { result },
      secret: { definition: definition.hash, before: was?.definitionHash ?? null },
    })
    const isStopped = result === "changed" && was.status === "active"

    return {
      value: result,
      events: isStopped
        ? [
            registered,
            toolEvent("tool.suspended", db.tenantId, ref, { plain: { because: "definition_changed" } }),
          ]
        : [registered],
    }
  },
)

async function save(db: TenantDb, keyId: string, { ref, definition }: Registration) {
  const imitated = lookAlikeOf(ref, await lockToolNames(db))
  if (imitated !== undefined) throw imitation(imitated)
  const offer = { ...ref, definition: definition.bytes, hash: definition.hash, keyId }
  const isNew = await insertWaitingTool(db, offer)
  if (isNew) return { result: "registered" as const, was: null }

  const was = await lockTool(db, ref)
  if (was === null) throw new AppError("internal", "A tool that is there cannot be read.")
  // Somebody else registered the same a moment ago.
  if ([was.definitionHash, was.proposedHash].includes(offer.hash))
    return { result: "unchanged" as const, was }

  await (was.pinnedById === null ? replaceWaiting(db, offer) : proposeDefinition(db, offer))
  return { result: "changed" as const, was }
}

function imitation({ server, name }: ToolName): AppError {
  const message = `It can be taken for ${server}/${name}, which is registered here.`

  return new AppError("look_alike_name", message, {
    reasons: [{ code: "look_alike_name", message, path: "/name" }],
  })
}

function assertEnforceable(schema: JsonValue): void {
  try {
    compileInputSchema(schema)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "unsupported_schema") throw error
    throw new AppError(error.code, error.message, {
      cause: error,
      reasons: error.reasons.map((reason) => ({
        ...reason,
        path: `/definition/inputSchema${reason.path ?? ""}`,
      })),
    })
  }
}
