import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { previewRollBack } from "./rollback-preview.service"
import { previewRollout } from "./rollout-preview.service"
import { readRollout } from "./rollout-view.queries"
import {
  PreviewBody,
  RollBackBody,
  RollBackPreview,
  RolloutBody,
  RolloutPreview,
  RolloutResult,
  RolloutView,
} from "./rollout.schema"
import { rollBack, rollOut } from "./rollouts.service"

const PackParams = z.strictObject({ packId: IdText })
const RolloutParams = z.strictObject({ packId: IdText, rolloutId: IdText })

export const rolloutRoutes = [
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
      method: "get",
      path: "/packs/{packId}/rollouts/{rolloutId}/rollback",
      summary: "Say what rolling a rollout back would do in each client that it reached",
      caller: "session",
      params: RolloutParams,
      responses: { 200: RollBackPreview },
    },
    async ({ actor, params: { packId, rolloutId } }) =>
      reply(200, await previewRollBack(actor, packId, rolloutId)),
  ),
  endpoint(
    {
      method: "post",
      path: "/packs/{packId}/rollouts/{rolloutId}/rollback",
      summary: "Put back what was in force before a rollout, in all or in chosen clients, by the same rules",
      caller: "session",
      params: RolloutParams,
      body: RollBackBody,
      responses: { 200: RolloutResult },
    },
    async ({ actor, params: { packId, rolloutId }, body }) =>
      reply(200, await rollBack(actor, packId, { rolloutId, ...body })),
  ),
] as const
