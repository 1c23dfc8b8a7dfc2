import { randomUUID } from "node:crypto"
import { isIP } from "node:net"
import { setTimeout as pause } from "node:timers/promises"
import { reasonsOf } from "./answer.ts"
import { canonicalize, isPlainObject, type JsonValue } from "./canonical.ts"
import { GuardError, ProblemError } from "./guard-error.ts"
import { parseStrictJson } from "./strict-json.ts"

export type TransportOptions = Readonly<{
  /** Where Deltaseal is: https, or http on this machine. */
  url: string
  /** The key, or in its place: a token for one run. Exactly one of the two. */
  apiKey?: string
  runToken?: string
  fetch?: typeof globalThis.fetch
  /** Seconds one attempt may take; a long poll adds its wait. */
  timeoutSeconds?: number
  /** Attempts for a call whose answer does not come. */
  attemptsMax?: number
  /** The first pause between attempts, in milliseconds; it doubles and is jittered. */
  retryMilliseconds?: number
}>

export type Call = Readonly<{
  method: "GET" | "POST" | "PUT"
  path: string
  body?: JsonValue
  /** A create: its repetitions carry one `Idempotency-Key`, so that the server makes it once. */
  isCreate?: boolean
  waitSeconds?: number
  signal?: AbortSignal | undefined
}>

/** Sends calls to the REST API, repeats those that got no answer, and keeps the key to itself. */
export class Transport {
  readonly origin: string
  #credential: string
  readonly #fetch: typeof globalThis.fetch
  readonly #timeoutSeconds: number
  readonly #attemptsMax: number
  readonly #retryMilliseconds: number

  constructor(options: TransportOptions) {
    this.origin = originOf(options.url)
    this.#credential = credentialOf(options)
    this.#fetch = options.fetch ?? globalThis.fetch
    this.#timeoutSeconds = options.timeoutSeconds ?? 20
    this.#attemptsMax = options.attemptsMax ?? 6
    this.#retryMilliseconds = options.retryMilliseconds ?? 200
  }

  /** Whether this is the run token that calls go out with, so that another can take its place. */
  get hasRunToken(): boolean {
    return runTokenForm.test(this.#credential)
  }

  /** Sends everything from now on with this run token. */
  useRunToken(token: string): void {
    this.#credential = credentialOf({ runToken: token })
  }

  /** @throws ProblemError for a refusal, GuardError when there was no answer to speak of */
  async request(call: Call): Promise<JsonValue> {
    // Written once, so that a repeated request carries the same bytes.
    const body = call.body === undefined ? undefined : canonicalize(call.body)
    const headers = this.#headers(body, call.isCreate === true ? randomUUID() : undefined)

    for (let attempt = 1; ; attempt++) {
      const tried = await this.#attempt(call, body, headers)
      if (tried.fault === undefined) return tried.value
      if (attempt >= this.#attemptsMax || !tried.mayRepeat) throw tried.fault
      await this.#pauseAfter(attempt, tried.fault, call.signal)
    }
  }

  async #attempt(call: Call, body: string | undefined, headers: Record<string, string>): Promise<Attempt> {
    const expiry = AbortSignal.timeout((this.#timeoutSeconds + (call.waitSeconds ?? 0)) * 1000)
    try {
      const response = await this.#fetch(`${this.origin}${call.path}`, {
        method: call.method,
        headers,
        ...(body === undefined ? {} : { body }),
        // A redirect would carry the key to somewhere else.
        redirect: "error",
        signal: call.signal === undefined ? expiry : AbortSignal.any([expiry, call.signal]),
      })
      const bytes = new Uint8Array(await response.arrayBuffer())
      return response.ok ? { value: readAnswer(bytes) } : refusedBy(response, bytes)
    } catch (error) {
      if (error instanceof GuardError) return { fault: error, mayRepeat: false }
      return this.#lost(error, call, expiry.aborted)
    }
  }

  #headers(body: string | undefined, idempotencyKey: string | undefined): Record<string, string> {
    return {
      authorization: `Bearer ${this.#credential}`,
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
    }
  }

  #lost(error: unknown, call: Call, isLate: boolean): Attempt {
    if (call.signal?.aborted === true) {
      return { fault: new GuardError("aborted", "The call was cancelled."), mayRepeat: false }
    }
    if (isLate) {
      const fault = new GuardError("timed_out", `Deltaseal at ${this.origin} did not answer in time.`)
      return { fault, mayRepeat: true }
    }
    const cause = networkCause(error)
    const fault = new GuardError("unreachable", `Deltaseal at ${this.origin} cannot be reached (${cause}).`)
    return { fault, mayRepeat: true }
  }

  async #pauseAfter(attempt: number, fault: Error, signal: AbortSignal | undefined): Promise<void> {
    const ceiling = Math.min(this.#retryMilliseconds * 2 ** attempt, 5000)
    const asked = fault instanceof ProblemError ? (fault.retryAfterSeconds ?? 0) * 1000 : 0
    // Full jitter: guards that lost the same server must not come back in step.
    const milliseconds = asked + Math.random() * ceiling
    await pause(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {
      throw new GuardError("aborted", "The call was cancelled.")
    })
  }
}

type Attempt = { value: JsonValue; fault?: never } | { fault: GuardError | ProblemError; mayRepeat: boolean }

const repeatableStatus: ReadonlySet<number> = new Set([429, 502, 503, 504])
/** A server that asks for more patience than this gets its refusal passed on instead. */
const retryAfterSecondsMax = 60

function refusedBy(response: Response, bytes: Uint8Array): Attempt {
  const retryAfterSeconds = secondsOf(response.headers.get("retry-after"))
  const fault = new ProblemError({ ...readProblem(bytes, response.status), retryAfterSeconds })
  const isPassing = repeatableStatus.has(response.status) || fault.code === "idempotency_in_flight"
  return { fault, mayRepeat: isPassing && (retryAfterSeconds ?? 0) <= retryAfterSecondsMax }
}

function readProblem(bytes: Uint8Array, status: number) {
  const body = readable(bytes)
  const { code, detail, title, reasons, requestId } = isPlainObject(body) ? body : {}
  const words = [detail, title].find((text) => typeof text === "string")
  return {
    status,
    code: typeof code === "string" ? code : `http_${status}`,
    detail: words ?? `The server answered with status ${status}.`,
    reasons: reasonsOf(reasons),
    requestId: typeof requestId === "string" ? requestId : undefined,
  }
}

function readable(bytes: Uint8Array): JsonValue {
  try {
    return parseStrictJson(bytes)
  } catch {
    // A proxy's own error page: its status is all there is to know.
    return null
  }
}

function readAnswer(bytes: Uint8Array): JsonValue {
  try {
    return parseStrictJson(bytes)
  } catch {
    throw new GuardError("invalid_answer", "The server's answer is not strict JSON.")
  }
}

function networkCause(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined
  return typeof code === "string" && /^[A-Z_]{1,40}$/.test(code) ? code : "network error"
}

function secondsOf(header: string | null): number | undefined {
  if (header === null) return undefined
  if (/^\d{1,6}$/.test(header)) return Number(header)
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000))
}

const apiKeyForm = /^dsl_(live|test)_[0-9A-Za-z]{20}_[0-9A-Za-z]{49}$/
const runTokenForm = /^dsl_run_[0-9A-Za-z]{20}_[0-9A-Za-z]{49}$/

function credentialOf({ apiKey, runToken }: Pick<TransportOptions, "apiKey" | "runToken">): string {
  if (apiKey !== undefined && runToken !== undefined)
    throw misconfigured("Give an API key or a run token, not both.")
  if (runToken !== undefined) {
    if (runTokenForm.test(runToken)) return runToken
    throw misconfigured("The run token does not have the form dsl_run_<id>_<secret>.")
  }
  if (apiKey !== undefined && apiKeyForm.test(apiKey)) return apiKey
  throw misconfigured("The API key does not have the form dsl_<live|test>_<id>_<secret>.")
}

function misconfigured(message: string): GuardError {
  return new GuardError("invalid_configuration", message)
}

function originOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const isSecure =
    parsed?.protocol === "https:" || (parsed?.protocol === "http:" && isLoopback(parsed.hostname))
  const isBare =
    parsed?.pathname === "/" && parsed.search === "" && parsed.username === "" && parsed.password === ""
  if (parsed !== undefined && isSecure && isBare) return parsed.origin
  throw new GuardError(
    "invalid_configuration",
    "The url is an origin alone, https or, on this machine only, http: the key must not travel in the clear.",
  )
}

function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "[::1]") return true
  return isIP(host) === 4 && host.startsWith("127.")
}
