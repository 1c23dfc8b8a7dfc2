import { toolHash } from "@deltaseal/guard/change"
import type { Caller, Reply } from "./api"
import { makePerson, type World } from "./world"

/** What tests about tools ask with: an admin and a reviewer of our first tenant, and its key. */
export type Toolbox = Readonly<{
  key: Caller
  admin: Caller
  adminId: string
  reviewer: Caller
  /** The tenant's path in the REST API. */
  base: string
  register: (name: string, registering?: Registering) => Promise<Reply>
  /** A tool's path in the REST API. */
  pathOf: (name: string, version?: string) => string
  accept: (
    name: string,
    definition: Definition,
    by?: Readonly<{ who?: Caller; tier?: string }>,
  ) => Promise<Reply>
  /** The name of a tool that was registered and accepted. */
  accepted: (tier?: string) => Promise<string>
}>

type Definition = Parameters<typeof toolHash>[0]
type Registering = Readonly<{ version?: string; definition?: unknown; who?: Caller; server?: string }>

export async function openToolbox(world: World): Promise<Toolbox> {
  const { key } = world.ours
  const { caller: admin, personId: adminId } = await makePerson(world, { role: "admin" })
  const { caller: reviewer } = await makePerson(world, { role: "reviewer" })
  const base = `/api/v1/tenants/${world.ours.tenantId}`
  const register: Toolbox["register"] = (
    name,
    { version = "1.0.0", definition = aDefinition(name), who = key, server = "notes" } = {},
  ) => who.put(`/api/v1/servers/${server}/tools/${name}`, { version, definition })
  const pathOf = (name: string, version = "1.0.0") =>
    `${base}/tools/notes/${name}/${encodeURIComponent(version)}`
  const accept: Toolbox["accept"] = (name, definition, { who = admin, tier = "T0_READ" } = {}) =>
    who.post(`${pathOf(name)}/accept`, { definitionHash: toolHash(definition), tier })
  const accepted = async (tier = "T0_READ") => {
    const name = aName()
    await register(name)
    const { status, text } = await accept(name, aDefinition(name), { tier })
    if (status !== 200) throw new Error(text)

    return name
  }

  return { key, admin, adminId, reviewer, base, register, pathOf, accept, accepted }
}

export const aDefinition = (name: string, changes: object = {}): Definition => ({
  name,
  title: "Send a note",
  description: "Sends a note.",
  inputSchema: { type: "object", properties: { text: { type: "string" } }, additionalProperties: false },
  ...changes,
})

let made = 0

/** A name that no other test uses. */
export const aName = () => `note_${(made += 1)}`

export const codeOf = ({ status, body }: Reply): readonly unknown[] => [status, body.code]
