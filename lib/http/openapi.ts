import { z } from "zod"
import { errorCodes } from "@/lib/errors/codes"
import type { Caller, EndpointSpec } from "./endpoint"

type Json = Record<string, unknown>

/** An OpenAPI 3.1 document, as far as our own pages look into it. */
export type OpenApiDocument = Readonly<{
  openapi: "3.1.0"
  info: Json
  servers: readonly Json[]
  paths: Readonly<Record<string, Readonly<Record<string, Json>>>>
  components: Json
}>

/** The OpenAPI 3.1 description of endpoints, made from the schemas that run. */
export function openApiDocument(specs: readonly EndpointSpec[]): OpenApiDocument {
  const paths: Record<string, Record<string, Json>> = {}
  for (const spec of specs) {
    paths[spec.path] = { ...paths[spec.path], [spec.method]: operation(spec) }
  }

  return {
    openapi: "3.1.0",
    info: {
      title: "Deltaseal",
      version: "1",
      description: "Asks before a tool acts, shows a person the exact change, and lets it happen once.",
    },
    servers: [{ url: "/api/v1" }],
    paths,
    components: { securitySchemes, schemas: { Problem: problemSchema } },
  }
}

function operation(spec: EndpointSpec): Json {
  const answers = Object.entries(spec.responses).map(([status, schema]) => [
    status,
    { description: spec.summary, content: { "application/json": { schema: jsonSchema(schema, "output") } } },
  ])

  return {
    operationId: spec.operationId ?? operationId(spec),
    summary: spec.summary,
    security: securityOf(spec),
    parameters: [
      ...parametersIn(spec.params, "path"),
      ...parametersIn(spec.query, "query"),
      ...(spec.idempotent === true ? [idempotencyKey] : []),
    ],
    ...(spec.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: jsonSchema(spec.body, "input") } },
          },
        }),
    responses: { ...(Object.fromEntries(answers) as Json), default: problemAnswer },
  }
}

/** `post /approvals/{approvalId}/votes` becomes `postApprovalsVotes`. */
function operationId({ method, path }: EndpointSpec): string {
  const names = path.split("/").filter((part) => part !== "" && !part.startsWith("{"))
  const words = names.flatMap((name) => name.split("-"))
  const last = path.endsWith("}") ? ["One"] : []

  return [method, ...words, ...last].map((word, at) => (at === 0 ? word : capitalized(word))).join("")
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

const byKey = [{ apiKey: [] }]
const bySession = [{ session: [] }]
/** OpenAPI's word for none. */
const byNobody = [{}]

const securityByCaller: Readonly<Record<Caller, readonly Json[]>> = {
  session: bySession,
  key: byKey,
  credential: byKey,
  actor: [...byKey, ...bySession],
  either: [...byKey, ...bySession],
  visitor: byNobody,
}

/** A write by a session also needs the session's CSRF token. */
function securityOf({ caller, method }: EndpointSpec): Json[] {
  return securityByCaller[caller].map((scheme) =>
    "session" in scheme && method !== "get" ? { ...scheme, csrfToken: [] } : scheme,
  )
}

const securitySchemes = {
  apiKey: { type: "http", scheme: "bearer", description: "An API key of one tenant: `Bearer dsl_…`." },
  session: { type: "apiKey", in: "cookie", name: "next-auth.session-token" },
  csrfToken: { type: "apiKey", in: "header", name: "X-CSRF-Token" },
}

const idempotencyKey = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description:
    "Repeats of this create within 24 hours get the same answer. Calls of tools of tier T2 and higher need one.",
  schema: { type: "string", minLength: 1, maxLength: 255 },
}

const problemSchema = {
  type: "object",
  description: "RFC 9457.",
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    code: { type: "string", enum: Object.keys(errorCodes) },
    reasons: {
      type: "array",
      items: {
        type: "object",
        properties: { code: { type: "string" }, message: { type: "string" }, path: { type: "string" } },
        required: ["code", "message"],
      },
    },
    matchedRule: {
      type: ["string", "null"],
      description: "Of a tool call that was refused: the rule that decided, if one did.",
    },
    checks: {
      type: "array",
      description: "Of a tool call that was refused: every check with its result.",
      items: {
        type: "object",
        properties: {
          check: { type: "string" },
          rule: { type: ["string", "null"] },
          result: { type: "string", enum: ["pass", "fail", "error", "not_applicable"] },
          message: { type: "string" },
        },
        required: ["check", "rule", "result", "message"],
      },
    },
    requestId: { type: "string" },
  },
  required: ["type", "title", "status", "detail", "code", "requestId"],
}

const problemAnswer = {
  description: "What stood in the way, by its code.",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
}

function parametersIn(schema: z.ZodType | undefined, place: "path" | "query"): Json[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" })

  return Object.entries(properties).map(([name, member]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: member,
  }))
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" })

  return rest
}
