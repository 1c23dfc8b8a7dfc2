import { endpoint, reply } from "@/lib/http/endpoint"
import { SetupBody, SetupView } from "./setup.schema"
import { setUp } from "./setup.service"

export const setupRoutes = [
  endpoint(
    {
      method: "post",
      path: "/setup",
      summary: "Found the agency of an empty installation, with its first client and its first owner",
      caller: "visitor",
      body: SetupBody,
      responses: { 201: SetupView },
    },
    async ({ body, address }) => reply(201, await setUp(body, address)),
  ),
] as const
