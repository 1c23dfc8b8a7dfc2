import type { z } from "zod"
import type { Actor, KeyActor, PersonActor } from "@/lib/access/actor"
import type { KeyCredential } from "@/lib/keys/credential"
import type { Idempotency } from "@/lib/operations/idempotency"
import type { Asker } from "@/lib/operations/asker"

/**
 * Who may call. `credential` and `either` leave it to the operation's own round
 * trip to find out whether a key lives; the others have it looked up first. A
 * `visitor` may be nobody yet: what they may do hangs on a secret in the body.
 */
export type Caller = "session" | "key" | "actor" | "credential" | "either" | "visitor"

type CallerContext = {
  session: { actor: PersonActor }
  key: { actor: KeyActor }
  actor: { actor: Actor }
  credential: { credential: KeyCredential }
  either: { asker: Asker }
  visitor: { actor: PersonActor | null; address: string | null }
}

type Parsed<Schema, Name extends string> = Schema extends z.ZodType ? Record<Name, z.output<Schema>> : unknown

type Answer<Responses> = {
  [Status in keyof Responses]: {
    status: Status
    body: Responses[Status] extends z.ZodType ? z.input<Responses[Status]> : never
  }
}[keyof Responses]

/** One REST call: who may make it, what goes in, what comes out. Documentation is made from this too. */
export type EndpointSpec = Readonly<{
  method: "get" | "post" | "put" | "patch" | "delete"
  path: string
  summary: string
  /** Its name in the documentation, where the words of its path are another call's too. */
  operationId?: string
  caller: Caller
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  /** A create that takes an `Idempotency-Key`. */
  idempotent?: true
  responses: Readonly<Record<number, z.ZodType>>
}>

/** What a handler is given, by what its contract names. */
export type HandlerContext<Spec extends EndpointSpec> = CallerContext[Spec["caller"]] &
  Parsed<Spec["params"], "params"> &
  Parsed<Spec["query"], "query"> &
  Parsed<Spec["body"], "body"> & {
    signal: AbortSignal
    /** How many bytes the body had; only what sends one has a body. */
    bodyBytes: Spec["method"] extends "get" ? never : number
  } & (Spec["idempotent"] extends true ? { idempotency: Idempotency | null } : unknown)

/** An endpoint with its handler's types behind it; only `mount` calls `handle`. */
export type Endpoint = Readonly<{
  spec: EndpointSpec
  handle: (context: Record<string, unknown>) => Promise<{ status: number; body: unknown }>
}>

/** Ties a handler to its contract. A handler that answers with anything else does not compile. */
export function endpoint<const Spec extends EndpointSpec>(
  spec: Spec,
  handler: (context: HandlerContext<Spec>) => Promise<Answer<Spec["responses"]>>,
): Endpoint {
  return {
    spec,
    handle: async (context) => {
      const { status, body } = await handler(context as HandlerContext<Spec>)
      return { status: Number(status), body }
    },
  }
}

/** An answer with its status as a literal, so that the contract can check the pair. */
export function reply<const Status extends number, Body>(
  status: Status,
  body: Body,
): { status: Status; body: Body } {
  return { status, body }
}
