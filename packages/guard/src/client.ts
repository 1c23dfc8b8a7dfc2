import { setTimeout as pause } from "node:timers/promises"
import type { JsonObject, JsonValue } from "./canonical.ts"
import type { ChangePart } from "./build-envelope.ts"
import type { ObservedState } from "./content.ts"
import { GuardError, ProblemError } from "./guard-error.ts"
import { pinnedDefinition, toolHash, type ToolDefinition } from "./hashes.ts"
import { planBody, readCallPlan, type CallPlan, type CallPlanRequest } from "./call-plan.ts"
import { Transport, type TransportOptions } from "./transport.ts"
import {
  readApproval,
  readFirstId,
  readConsumed,
  readRegistered,
  readReported,
  readRun,
  readRunToken,
  readToolCall,
  type Approval,
  type Consumed,
  type RegisteredTool,
  type Reported,
  type Run,
  type RunToken,
  type ToolCallAnswer,
} from "./answers.ts"

export type ClientOptions = TransportOptions

export type RunRequest = Readonly<{
  environment: "dev" | "staging" | "prod"
  workflow: string
  step?: string
  tools?: readonly Readonly<{ server: string; name: string }>[]
  actor: Readonly<{ agent: string; model?: string }>
  operator?: string
}>

export type ToolCallRequest = Readonly<{
  runId: string
  tool: Readonly<{ server: string; name: string; version: string }>
  input: JsonValue
  parts?: readonly ChangePart[]
  reason?: string
  dryRun?: boolean
}>

/** A tool as its server offers it. Members of the definition that no hash covers are not sent. */
export type ToolRegistration = Readonly<{
  server: string
  name: string
  version: string
  definition: ToolDefinition
}>

export type ConsumeRequest = Readonly<{
  runId: string
  changeHash: string
  /** 64 hex digits. The same nonce and body get the same execution, which is what makes consume repeatable. */
  nonce: string
  observed: readonly ObservedState[]
}>

/** Proof of what happened: a message id, a record id, a file. */
export type Receipt = { type: string; id: string; [detail: string]: string }

export type Outcome = Readonly<{
  status: "applied" | "failed"
  observedAfter: readonly ObservedState[]
  output: Readonly<{ sha256: string; redacted: string }> | null
  receipts: readonly Receipt[]
}>

/**
 * Deltaseal's REST API as a guard needs it.
 *
 * @throws ProblemError for a refusal, GuardError when no valid answer came
 */
export class DeltasealClient {
  readonly origin: string
  readonly #transport: Transport

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options)
    this.origin = this.#transport.origin
  }

  /**
   * Registers a tool (scope `tools:register`). What is new, or differs from what
   * people accepted, cannot be used until a person accepts it; the same again
   * changes nothing.
   *
   * @throws GuardError `hash_mismatch` when the server read another definition than this one
   */
  async registerTool({ server, name, version, definition }: ToolRegistration): Promise<RegisteredTool> {
    const path = `/api/v1/servers/${encodeURIComponent(server)}/tools/${encodeURIComponent(name)}`
    const body = { version, definition: pinnedDefinition(definition) }
    const answer = await this.#transport.request({ method: "PUT", path, body })
    const { tool, hashes } = readRegistered(answer)
    const own = toolHash(definition)
    if (hashes.offered !== own && hashes.accepted !== own) {
      throw new GuardError(
        "hash_mismatch",
        `The server knows ${name} by another hash than its definition has.`,
      )
    }
    return tool
  }

  async openRun(run: RunRequest): Promise<Run> {
    return readRun(await this.#create("/api/v1/runs", run))
  }

  async getRun(runId: string): Promise<Run> {
    return readRun(await this.#get(`/api/v1/runs/${encodeURIComponent(runId)}`))
  }

  /** Whether this client works with a run token, which it has to renew while the run goes on. */
  get hasRunToken(): boolean {
    return this.#transport.hasRunToken
  }

  /**
   * A token for an open run. A client that works with a run token itself goes on
   * with the new one; calls that are under way end with the one before.
   */
  async renewRunToken(runId: string): Promise<RunToken> {
    const token = readRunToken(await this.#post(`/api/v1/runs/${encodeURIComponent(runId)}/token`, {}))
    if (this.hasRunToken) this.#transport.useRunToken(token.runToken)
    return token
  }

  async closeRun(runId: string): Promise<Run> {
    return readRun(await this.#post(`/api/v1/runs/${encodeURIComponent(runId)}/close`, {}))
  }

  /** Repeated under one idempotency key when its answer is lost: people are asked once. */
  async requestToolCall(call: ToolCallRequest, signal?: AbortSignal): Promise<ToolCallAnswer> {
    const { parts, ...rest } = call
    const body = parts === undefined ? rest : { ...rest, change: { parts } }
    return readToolCall(await this.#create("/api/v1/tool-calls", body, signal))
  }

  async getApproval(approvalId: string, options: PollOptions = {}): Promise<Approval> {
    const wait = options.waitSeconds ?? 0
    const query = wait > 0 ? `?wait=${wait}` : ""
    const path = `/api/v1/approvals/${encodeURIComponent(approvalId)}${query}`
    return readApproval(await this.#get(path, wait, options.signal))
  }

  /**
   * Polls until the approval is decided.
   *
   * @throws GuardError `timed_out` when it is still pending at the deadline
   */
  async waitForDecision(approvalId: string, options: WaitOptions): Promise<Approval> {
    return this.#waitFor(options, (poll) => this.getApproval(approvalId, poll))
  }

  /** The approval that people made of some parts of this one; null when there is none. */
  async findDerived(approvalId: string, options: PollOptions = {}): Promise<Approval | null> {
    const path = `/api/v1/approvals?derivedFrom=${encodeURIComponent(approvalId)}`
    const derivedId = readFirstId(await this.#get(path, 0, options.signal))
    return derivedId === null ? null : await this.getApproval(derivedId, options)
  }

  async consume(approvalId: string, request: ConsumeRequest, signal?: AbortSignal): Promise<Consumed> {
    const path = `/api/v1/approvals/${encodeURIComponent(approvalId)}/consume`
    return readConsumed(await this.#post(path, request, signal))
  }

  async cancel(approvalId: string): Promise<Approval> {
    const path = `/api/v1/approvals/${encodeURIComponent(approvalId)}/cancel`
    return readApproval(await this.#post(path, {}))
  }

  /** A repeated report is answered with `outcome_recorded`, which says that the first one arrived. */
  async reportOutcome(executionId: string, outcome: Outcome): Promise<Reported> {
    const path = `/api/v1/executions/${encodeURIComponent(executionId)}/outcome`
    return readReported(await this.#post(path, outcome))
  }

  /**
   * Asks for calls that are intended, to be reviewed as one. Each is then asked
   * for as ever, and answered with what was decided on it.
   *
   * @throws GuardError `hash_mismatch` when the answer's hash is not that of its items
   */
  async createPlan(plan: CallPlanRequest, signal?: AbortSignal): Promise<CallPlan> {
    return readCallPlan(await this.#create("/api/v1/plans", planBody(plan), signal))
  }

  async getPlan(planId: string, options: PollOptions = {}): Promise<CallPlan> {
    const wait = options.waitSeconds ?? 0
    const path = `/api/v1/plans/${encodeURIComponent(planId)}${wait > 0 ? `?wait=${wait}` : ""}`
    return readCallPlan(await this.#get(path, wait, options.signal))
  }

  /**
   * Polls until nothing of the plan waits for people any more.
   *
   * @throws GuardError `timed_out` when something still does at the deadline
   */
  async waitForPlan(planId: string, options: WaitOptions): Promise<CallPlan> {
    return this.#waitFor(options, (poll) => this.getPlan(planId, poll))
  }

  async cancelPlan(planId: string): Promise<CallPlan> {
    return readCallPlan(await this.#post(`/api/v1/plans/${encodeURIComponent(planId)}/cancel`, {}))
  }

  async #waitFor<Decided extends Readonly<{ status: string }>>(
    options: WaitOptions,
    read: (poll: PollOptions) => Promise<Decided>,
  ): Promise<Decided> {
    for (;;) {
      const left = (options.deadline.getTime() - Date.now()) / 1000
      const waitSeconds = Math.max(0, Math.min(25, Math.ceil(left)))
      const found = await pollOnce(() => read({ ...options, waitSeconds }))
      if (found !== undefined && found.status !== "pending") return found
      if (left <= 0) throw new GuardError("timed_out", "Nobody decided before the deadline.")
    }
  }

  async #get(path: string, waitSeconds = 0, signal?: AbortSignal): Promise<JsonValue> {
    return await this.#transport.request({ method: "GET", path, waitSeconds, signal })
  }

  async #post(path: string, body: object, signal?: AbortSignal): Promise<JsonValue> {
    // Only plain JSON gets past canonicalize, whatever the type says.
    return await this.#transport.request({ method: "POST", path, body: body as JsonObject, signal })
  }

  async #create(path: string, body: object, signal?: AbortSignal): Promise<JsonValue> {
    return await this.#transport.request({
      method: "POST",
      path,
      body: body as JsonObject,
      isCreate: true,
      signal,
    })
  }
}

/** One poll that takes at least half a second: neither a server that does not hold it nor one that is away is asked in a tight loop. */
async function pollOnce<Polled extends Readonly<{ status: string }>>(
  read: () => Promise<Polled>,
): Promise<Polled | undefined> {
  const asked = Date.now()
  const found = await read().catch((error: unknown) => {
    // The decision outlives a restart of the server, and so does the wait for it.
    if (isPassing(error)) return undefined
    throw error
  })
  const isEarly = Date.now() - asked < 500
  if (isEarly && (found === undefined || found.status === "pending")) await pause(500)
  return found
}

function isPassing(error: unknown): boolean {
  if (error instanceof GuardError) return error.code === "unreachable" || error.code === "timed_out"
  return error instanceof ProblemError && (error.status >= 500 || error.status === 429)
}

export type PollOptions = Readonly<{ waitSeconds?: number; signal?: AbortSignal }>
export type WaitOptions = Readonly<{ deadline: Date; signal?: AbortSignal }>
