import type { Caller, Reply } from "./api"
import type { World } from "./world"

/** What these operations name: somebody's, or nobody's. */
type Ids = Readonly<{ tenantId: string; packId: string; rolloutId: string }>

type Operation = "own" | Readonly<{ ask: (who: Caller, ids: Ids) => Promise<Reply> }>

const text = (description = "kept") =>
  `version: 1\ndescription: ${description}\nrules:\n  - name: all\n    effect: tier_default\n`

const pack = ({ packId }: Ids) => `/api/v1/packs/${packId}`
const rollout = (ids: Ids) => `${pack(ids)}/rollouts/${ids.rolloutId}`

/** How a stranger asks for each call about packs. */
export const packOperations: Readonly<Record<string, Operation>> = {
  "GET /api/v1/packs": "own",
  "POST /api/v1/packs": "own",
  "POST /api/v1/packs/check": "own",
  "POST /api/v1/packs/:packId/versions/check": {
    ask: (who, ids) => who.post(`${pack(ids)}/versions/check`, { text: text() }),
  },
  "GET /api/v1/packs/:packId": { ask: (who, ids) => who.get(`${pack(ids)}?version=1`) },
  "POST /api/v1/packs/:packId/versions": {
    ask: (who, ids) => who.post(`${pack(ids)}/versions`, { text: text(), basedOn: 9 }),
  },
  "POST /api/v1/packs/:packId/preview": {
    ask: (who, ids) => who.post(`${pack(ids)}/preview`, { version: 1, tenantIds: [ids.tenantId] }),
  },
  "POST /api/v1/packs/:packId/rollouts": {
    ask: (who, ids) => who.post(`${pack(ids)}/rollouts`, nowhere(ids)),
  },
  "GET /api/v1/packs/:packId/rollouts/:rolloutId": { ask: (who, ids) => who.get(rollout(ids)) },
  "GET /api/v1/packs/:packId/rollouts/:rolloutId/rollback": {
    ask: (who, ids) => who.get(`${rollout(ids)}/rollback`),
  },
  "POST /api/v1/packs/:packId/rollouts/:rolloutId/rollback": {
    ask: (who, ids) => who.post(`${rollout(ids)}/rollback`, {}),
  },
}

/** Written on a version that nobody has, so that the client is left as it is. */
const nowhere = ({ tenantId }: Pick<Ids, "tenantId">) => ({
  version: 1,
  tenants: [{ tenantId, basedOn: 999_999 }],
})

/** A pack of the agency of whoever asks, and a rollout of it that changed nothing. */
export async function packOf(who: Caller, tenantId: string): Promise<Pick<Ids, "packId" | "rolloutId">> {
  const packId = await aPack(who)
  const { body } = await who.post(`/api/v1/packs/${packId}/rollouts`, nowhere({ tenantId }))

  return { packId, rolloutId: String(body.rolloutId) }
}

async function aPack(who: Caller): Promise<string> {
  const made = await who.post("/api/v1/packs", { name: "House rules", text: text(`draft ${Math.random()}`) })
  if (made.status !== 201) throw new Error(made.text)

  return String(made.body.packId)
}

type Write = Readonly<{ by: Caller; ask: (who: Caller) => Promise<Reply>; succeeds: number }>

/** Every write about packs, that reaches our first tenant. */
export const packWrites: Readonly<Record<string, (world: World) => Promise<Write>>> = {
  "POST /packs": async (world) => {
    const body = { name: "House rules", text: text() }
    return { by: await world.as("owner"), ask: (who) => who.post("/api/v1/packs", body), succeeds: 201 }
  },
  "POST /packs/{packId}/versions": async (world) => {
    const by = await world.as("owner")
    const path = `/api/v1/packs/${await aPack(by)}/versions`
    return { by, ask: (who) => who.post(path, { text: text(), basedOn: 1 }), succeeds: 201 }
  },
  "POST /packs/{packId}/rollouts": async (world) => {
    const { by, path, body } = await rollable(world)
    return { by, ask: (who) => who.post(path, body), succeeds: 201 }
  },
  "POST /packs/{packId}/rollouts/{rolloutId}/rollback": async (world) => {
    const { by, path, body } = await rollable(world)
    const { rolloutId } = (await by.post(path, body)).body
    return { by, ask: (who) => who.post(`${path}/${rolloutId}/rollback`, {}), succeeds: 200 }
  },
}

async function rollable(world: World) {
  const by = await world.as("owner")
  const { tenantId } = world.ours
  const { inForce } = (await by.get(`/api/v1/tenants/${tenantId}/policies`)).body
  const body = { version: 1, tenants: [{ tenantId, basedOn: inForce }] }

  return { by, path: `/api/v1/packs/${await aPack(by)}/rollouts`, body }
}
