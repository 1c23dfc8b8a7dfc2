import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import {
  CreatePackBody,
  PackList,
  PackVersionBody,
  PackView,
  PreviewBody,
  RollBackBody,
  RolloutBody,
  RolloutPreview,
  RolloutResult,
  RolloutView,
} from "./pack.schema"
import { listPacks, readPack } from "./packs.queries"
import { addPackVersion, createPack } from "./packs.service"
import { previewRollout } from "./rollout-preview.service"
import { readRollout } from "./rollouts.queries"
import { rollBack, rollOut } from "./rollouts.service"

const PackParams = z.strictObject({ packId: IdText })
const RolloutParams = z.strictObject({ packId: IdText, rolloutId: IdText })
const VersionText = z
  .string()
  .regex(/^[1-9][0-9]{0,8}$/)
  .transform(Number)

export const packRoutes = [
  endpoint(
    {
      method: "get",
      path: "/packs",
      summary: "List the policies that your agency keeps for its clients, newest first",
      caller: "session",
      query: z.strictObject({ cursor: IdText.optional() }),
      responses: { 200: PackList },
    },
    async ({ actor, query }) => reply(200, await listPacks(actor, query)),
  ),
  endpoint(
    {
      method: "post",
      path: "/packs",
      summary: "Keep a policy for the clients of your agency",
      caller: "session",
      body: CreatePackBody,
      responses: { 201: PackView },
    },
    async ({ actor, body }) => reply(201, await createPack(actor, body)),
  ),
  endpoint(
    {
      method: "get",
      path: "/packs/{packId}",
      summary: "Read a pack in a version, or in its newest, with its versions and rollouts",
      caller: "session",
      params: PackParams,
      query: z.strictObject({ version: VersionText.optional() }),
      responses: { 200: PackView },
    },
    async ({ actor, params, query }) => reply(200, await readPack(actor, params.packId, query.version)),
  ),
  endpoint(
    {
      method: "post",
      path: "/packs/{packId}/versions",
      summary: "Add the next version of a pack; it is in force nowhere until it is rolled out",
      caller: "session",
      params: PackParams,
      body: PackVersionBody,
      responses: { 201: PackView },
    },
    async ({ actor, params, body }) => reply(201, await addPackVersion(actor, params.packId, body)),
  ),
  endpoint(
    {
      method: "post",
      path: "/packs/{packId}/preview",
      summary: "Say what rolling a pack out would change in each client, or in those chosen",
      caller: "session",
      params: PackParams,
      body: PreviewBody,
      responses: { 200: RolloutPreview },
    },
    async ({ actor, params, body }) => reply(200, await previewRollout(actor, params.packId, body)),
  ),
  endpoint(
    {
      method: "post",
      path: "/packs/{packId}/rollouts",
      summary: "Publish a pack in the clients named, or propose it where it loosens the rules",
      caller: "session",
      params: PackParams,
      body: RolloutBody,
      responses: { 201: RolloutResult },
    },
    async ({ actor, params, body }) => reply(201, await rollOut(actor, params.packId, body)),
  ),
  endpoint(
    {
      method: "get",
      path: "/packs/{packId}/rollouts/{rolloutId}",
      summary: "Read what a rollout came to in each client that it reached",
      caller: "session",
      params: RolloutParams,
      responses: { 200: RolloutView },
    },
    async ({ actor, params: { packId, rolloutId } }) => {
      const { agencyId: _, ...rollout } = await readRollout(actor, packId, rolloutId)
      return reply(200, rollout)
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/packs/{packId}/rollouts/{rolloutId}/rollback",
      summary: "Put back what was in force before a rollout, by the same rules",
      caller: "session",
      params: RolloutParams,
      body: RollBackBody,
      responses: { 200: RolloutResult },
    },
    async ({ actor, params: { packId, rolloutId }, body }) =>
      reply(200, await rollBack(actor, packId, { rolloutId, ...body })),
  ),
] as const
