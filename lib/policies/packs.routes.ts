import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { checkNewPack, checkPackDraft } from "./pack-draft.service"
import { CheckedPackView, CreatePackBody, PackList, PackVersionBody, PackView } from "./pack.schema"
import { listPacks, readPack } from "./packs.queries"
import { addPackVersion, createPack } from "./packs.service"
import { CheckBody } from "./policy-version.schema"

const PackParams = z.strictObject({ packId: IdText })
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
      method: "post",
      path: "/packs/check",
      summary: "Say what is wrong with the text of a new pack, line by line",
      caller: "session",
      body: CheckBody,
      responses: { 200: CheckedPackView },
    },
    ({ actor, body }) => Promise.resolve(reply(200, checkNewPack(actor, body.text))),
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
      path: "/packs/{packId}/versions/check",
      summary: "Say what is wrong with a draft of a pack, or what it changes of the newest version",
      caller: "session",
      params: PackParams,
      body: CheckBody,
      responses: { 200: CheckedPackView },
    },
    async ({ actor, params, body }) => reply(200, await checkPackDraft(actor, params.packId, body.text)),
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
] as const
