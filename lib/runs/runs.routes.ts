import { z } from "zod"
import { endpoint, reply } from "@/lib/http/endpoint"
import { IdText } from "@/lib/kernel/id.schema"
import { OpenRunBody, RunEventList, RunListQuery, RunListView, RunTokenView, RunView } from "./run.schema"
import { runEvents } from "./run-events.queries"
import { listRuns } from "./run-list.queries"
import { runView } from "./runs.queries"
import { withLimitsInForce } from "./run-limits.service"
import { taint } from "./tainting.service"
import { renewRunToken } from "./run-tokens.service"
import { closeRun, openRun } from "./runs.service"

const RunParams = z.strictObject({ runId: IdText })

export const runRoutes = [
  endpoint(
    {
      method: "post",
      path: "/runs",
      summary: "Open a run of an agent workflow",
      caller: "key",
      body: OpenRunBody,
      idempotent: true,
      responses: { 201: RunView },
    },
    async ({ actor, body, idempotency }) =>
      reply(201, await withLimitsInForce(await openRun(actor, body, idempotency))),
  ),
  endpoint(
    {
      method: "get",
      path: "/runs",
      summary: "List the runs you may see, newest first",
      caller: "actor",
      query: RunListQuery,
      responses: { 200: RunListView },
    },
    async ({ actor, query }) => {
      const { items, nextCursor } = await listRuns(actor, query)
      return reply(200, { items: [...items], nextCursor })
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/runs/{runId}",
      summary: "Read a run and the tools it may use",
      caller: "actor",
      params: RunParams,
      responses: { 200: RunView },
    },
    async ({ actor, params }) => reply(200, await withLimitsInForce(await runView(actor, params.runId))),
  ),
  endpoint(
    {
      method: "get",
      path: "/runs/{runId}/events",
      summary: "Read what happened in a run, oldest first",
      caller: "actor",
      params: RunParams,
      query: z.strictObject({ cursor: IdText.optional() }),
      responses: { 200: RunEventList },
    },
    async ({ actor, params, query }) =>
      reply(
        200,
        await runEvents(actor, {
          runId: params.runId,
          ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
        }),
      ),
  ),
  endpoint(
    {
      method: "post",
      path: "/runs/{runId}/token",
      summary: "Get a run token, or renew the one that is sent",
      caller: "key",
      params: RunParams,
      responses: { 200: RunTokenView },
    },
    async ({ actor, params }) => reply(200, await renewRunToken(actor, params.runId)),
  ),
  endpoint(
    {
      method: "post",
      path: "/runs/{runId}/close",
      summary: "Close a run and cancel what it still has open",
      caller: "actor",
      params: RunParams,
      responses: { 200: RunView },
    },
    async ({ actor, params }) => {
      await closeRun(actor, params.runId)
      return reply(200, await withLimitsInForce(await runView(actor, params.runId)))
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/runs/{runId}/taint",
      summary: "Remember that a run has read what is not trusted",
      caller: "actor",
      params: RunParams,
      responses: { 200: RunView },
    },
    async ({ actor, params }) => {
      await taint(actor, params.runId)
      return reply(200, await withLimitsInForce(await runView(actor, params.runId)))
    },
  ),
] as const
