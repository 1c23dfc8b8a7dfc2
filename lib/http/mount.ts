import { getConnInfo } from "@hono/node-server/conninfo"
import type { Context, Hono } from "hono"
import { z } from "zod"
import {
  countRefusal,
  recordPersonRefusal,
  recordPersonRefusalEverywhere,
  recordRefusal,
} from "@/lib/audit/refusals.service"
import { hearingOfWrites } from "@/lib/db/effects"
import { AppError } from "@/lib/errors/app-error"
import { errorCodes, type ErrorCode } from "@/lib/errors/codes"
import { actorOf, authenticateKey } from "@/lib/keys/keys.service"
import type { Asker } from "@/lib/operations/asker"
import { readIdempotency } from "@/lib/operations/idempotency"
import { answer } from "./answer"
import { readJsonBody } from "./body"
import {
  assertOwnOrigin,
  assertOwnPage,
  findPerson,
  requireAsker,
  requireCredential,
  requirePerson,
} from "./caller"
import type { Endpoint, EndpointSpec } from "./endpoint"
import { toProblem } from "./problem"
import { requestIdOf } from "./request-id"

/**
 * Serves endpoints under a prefix: authenticate, read strictly, call, answer by
 * the contract. A path with a word where another has a parameter comes first,
 * whole: `/invitations/accept` is never an invitation's id.
 */
export function mount(app: Hono, prefix: string, endpoints: readonly Endpoint[]): void {
  const paths = [...new Set(endpoints.map(({ spec }) => spec.path))]
  for (const path of paths.toSorted((one, other) => parametersIn(one) - parametersIn(other))) {
    const offered = endpoints.filter(({ spec }) => spec.path === path)
    const target = honoPath(prefix, path)
    for (const endpoint of offered) {
      app.on(endpoint.spec.method.toUpperCase(), target, (context) => serve(context, endpoint))
    }
    const methods = offered.map(({ spec }) =>
      spec.method === "get" ? "GET, HEAD" : spec.method.toUpperCase(),
    )
    app.all(target, (context) => refuseMethod(context, methods.join(", ")))
  }
}

function parametersIn(path: string): number {
  return path.split("{").length
}

function honoPath(prefix: string, path: string): string {
  return prefix + path.replaceAll(/\{(\w+)\}/g, ":$1")
}

/** What a path offers is no secret: it stands in the documentation. */
function refuseMethod(context: Context, allowed: string): Response {
  const response = toProblem(new AppError("method_not_allowed"), requestIdOf(context))
  response.headers.set("allow", allowed)

  return response
}

async function serve(context: Context, { spec, handle }: Endpoint): Promise<Response> {
  const request = context.req.raw
  const caller = await identify(spec, request, addressOf(context))
  try {
    if (caller.asker === null) assertOwnOrigin(request)
    else assertOwnPage(request, caller.asker)
    if (caller.asker?.kind === "credential" && isLarge(request))
      await authenticateKey(caller.asker.credential)
    const given = await read(context, spec)
    const asked = {
      ...caller.context,
      ...given,
      // Made when it is asked for: most calls end before anybody could hang up.
      get signal() {
        return request.signal
      },
    }
    const answered = await (spec.method === "get" ? handle(asked) : hearingOfWrites(() => handle(asked)))

    return answer(spec, answered, {
      ifNoneMatch: context.req.header("if-none-match"),
      requestId: requestIdOf(context),
    })
  } catch (error) {
    if (error instanceof AppError && isClassA(error)) await record(error, caller, context, spec)
    if (error instanceof AppError && error.status === 429 && caller.asker?.kind === "credential") {
      countRefusal(caller.asker.credential, error.code)
    }
    throw error
  }
}

/** A body that costs something to read is not read for a key that nobody issued. */
const cheapBytesMax = 64 * 1024

function isLarge(request: Request): boolean {
  const length = request.headers.get("content-length")

  return (
    request.method !== "GET" && (length === null ? request.body !== null : Number(length) > cheapBytesMax)
  )
}

/** The asker is null for a visitor, whose refusals belong to no tenant. */
type Caller = Readonly<{ context: Record<string, unknown>; asker: Asker | null }>

/** Every 403 and 422 of an authenticated call gets a leaf (SPEC 5.1), unless the operation wrote it. */
async function record({ code, reasons }: AppError, { asker }: Caller, context: Context, spec: EndpointSpec) {
  if (asker === null) return
  const refusal = { code, reasons, action: `${spec.method.toUpperCase()} ${spec.path}` }
  if (asker.kind === "credential") {
    await recordRefusal(asker.credential, refusal)
    return
  }

  const given = context.req.param() as Partial<Record<string, string>>
  const { approvalId = null, planId = null, runId = null, tenantId = null } = given
  if (approvalId === null && planId === null && runId === null && tenantId === null) {
    await recordPersonRefusalEverywhere(asker.actor, refusal)
    return
  }
  await recordPersonRefusal(asker.actor, { ...refusal, approvalId, planId, runId, tenantId })
}

/** Before anything of the body is read, so that a stranger costs nothing. */
async function identify(spec: EndpointSpec, request: Request, address: string | null): Promise<Caller> {
  switch (spec.caller) {
    case "session": {
      const actor = await requirePerson(request)
      return { context: { actor }, asker: { kind: "person", actor } }
    }
    case "credential": {
      const credential = requireCredential(request, address)
      return { context: { credential }, asker: { kind: "credential", credential } }
    }
    case "key": {
      const credential = requireCredential(request, address)
      return {
        context: { actor: await authenticateKey(credential) },
        asker: { kind: "credential", credential },
      }
    }
    case "either": {
      const asker = await requireAsker(request, address)
      return { context: { asker }, asker }
    }
    case "visitor":
      return { context: { actor: await findPerson(request), address }, asker: null }
    case "actor": {
      const asker = await requireAsker(request, address)
      return { context: { actor: await actorOf(asker) }, asker }
    }
  }
}

async function read(context: Context, spec: EndpointSpec): Promise<Record<string, unknown>> {
  const given: Record<string, unknown> = {}
  if (spec.params !== undefined) given["params"] = paramsOf(spec.params, context)
  if (spec.query !== undefined) given["query"] = fit(spec.query, context.req.query(), "query")
  if (spec.method !== "get") {
    const { value: body, bytes } = await readJsonBody(context.req.raw)
    given["bodyBytes"] = bytes
    given["body"] = fit(spec.body ?? noBody, body, "body")
    if (spec.idempotent === true) {
      given["idempotency"] = readIdempotency(context.req.header("idempotency-key") ?? null, body ?? null)
    }
  }

  return given
}

/** Calls without a body take none, or an empty object. */
const noBody = z.strictObject({}).optional()

/** A path that no id of ours could make names nothing. */
function paramsOf(schema: z.ZodType, context: Context): unknown {
  const parsed = schema.safeParse(context.req.param())
  if (!parsed.success) throw new AppError("not_found")

  return parsed.data
}

function fit(schema: z.ZodType, value: unknown, place: "query" | "body"): unknown {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data

  throw new AppError(codeOf(parsed.error), `The ${place} does not fit what this call takes.`, {
    reasons: parsed.error.issues.slice(0, 20).map((issue) => ({
      code: issue.code,
      message: issue.message,
      path: `/${issue.path.map(String).map(pointer).join("/")}`,
    })),
  })
}

/** A limit with a code of its own names it in its schema; everything else is `invalid_request`. */
function codeOf(error: z.ZodError): ErrorCode {
  const named = error.issues.flatMap((issue) => (issue.code === "custom" ? namedCode(issue.params) : []))

  return named[0] ?? "invalid_request"
}

function namedCode(params: unknown): ErrorCode[] {
  const isNamed = typeof params === "object" && params !== null && "code" in params
  if (!isNamed || typeof params.code !== "string" || !Object.hasOwn(errorCodes, params.code)) return []

  return [params.code as ErrorCode]
}

function pointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1")
}

function isClassA(error: AppError): boolean {
  return (error.status === 403 || error.status === 422) && !error.isRecorded
}

function addressOf(context: Context): string | null {
  // An IPv4 peer of a socket that listens on both is written as IPv6; ranges are written as they are meant.
  return getConnInfo(context).remote.address?.replace(/^::ffff:(?=\d+\.)/, "") ?? null
}
