import { randomUUID } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from "jose"
import {
  buildEnvelope,
  canonicalize,
  changeHash,
  inputDigest,
  toolHash,
  type ChangePart,
  type Envelope,
  type JsonObject,
  type JsonValue,
  type ToolDefinition,
} from "@deltaseal/guard/change"
import { configDigest } from "@deltaseal/guard/config"
import { expectedOf, newToken, seenRequest, type SeenRequest } from "./small-requests.ts"

/** The tool that the small server knows. */
export const writeFileTool = {
  name: "write_file",
  version: "1.4.0",
  title: "Write file",
  description: "Writes a text file in the workspace.",
  inputSchema: { type: "object", required: ["path", "content"] },
} satisfies ToolDefinition & { version: string }

export const apiKey = `dsl_test_${"k".repeat(20)}_${"S3cret".repeat(8)}x`
export const ids = { tenantId: "ten_01J00000000000000000000000", runId: "run_01J00000000000000000000000" }

export type SmallApproval = {
  approvalId: string
  status: string
  changeHash: string
  envelope: Envelope
  input: JsonValue
  votes: JsonObject[]
  endedBecause?: string
  /** The one that it was made of. */
  derivedFrom?: string
  spent: { body: string; executionId: string; permit: string } | null
}

type Answer = { status: number; body: JsonValue; headers?: Record<string, string> }

/**
 * A server that speaks Deltaseal's REST shapes and signs real permits, small
 * enough to be told to lie: that is what the guard is tested against.
 */
export async function startSmallServer() {
  const { publicKey, privateKey } = await generateKeyPair("EdDSA", { extractable: true })
  const state = {
    tier: "T2_IRREVERSIBLE_WRITE",
    decision: "pending" as "pending" | "allow",
    approvals: new Map<string, SmallApproval>(),
    allowances: [] as JsonObject[],
    outcomes: new Map<string, JsonObject>(),
    requests: [] as SeenRequest[],
    /** The run tokens given out, each good for `tokenSeconds`. */
    tokens: [] as string[],
    tokenSeconds: 900,
    signingKey: privateKey,
    keyId: "key-1",
    algorithm: "EdDSA",
    /** The definition that the called tool is pinned to. */
    definition: writeFileTool as ToolDefinition,
    keys: [{ ...(await exportJWK(publicKey)), kid: "key-1", alg: "EdDSA", use: "sig" }] as JsonObject[],
    /** Changes what a permit says before it is signed. */
    bend: (claims: JWTPayload): JWTPayload => claims,
    /** Takes a request over: an answer, `drop` to cut the line, `drop_after` to act and then cut it. */
    intercept: (_request: SeenRequest): Answer | "drop" | "drop_after" | undefined => undefined,
    /** Holds a request back for as long as it likes. */
    before: (_request: SeenRequest): void | Promise<void> => undefined,
    /** Decides each approval as soon as somebody waits for it. */
    onPoll: (_approval: SmallApproval): void | Promise<void> => undefined,
  }

  const http = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = await seenRequest(request)
    state.requests.push(seen)
    await state.before(seen)
    const taken = state.intercept(seen)
    if (taken === "drop") return void response.destroy()
    const answer = typeof taken === "object" ? taken : await route(seen)
    if (taken === "drop_after") return void response.destroy()
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers })
    response.end(canonicalize(answer.body))
  }

  async function route({ method, path, body }: SeenRequest): Promise<Answer> {
    const [, area, id, action] = /^\/api\/v1\/([\w-]+)(?:\/(\w+))?(?:\/(\w+))?/.exec(path) ?? []
    if (path === "/.well-known/jwks.json") return ok({ keys: state.keys })
    if (area === "runs" && action === "token") return ok(newToken(ids.runId, state))
    if (area === "runs") return ok(runOf(), method === "POST" && id === undefined ? 201 : 200)
    if (area === "tool-calls") return await toolCall(body as JsonObject)
    if (area === "executions") return outcome(id ?? "", body as JsonObject)
    if (path.includes("?derivedFrom="))
      return ok({ items: derivedFrom(path.split("=")[1]), nextCursor: null })

    const approval = state.approvals.get(id ?? "")
    if (area !== "approvals" || approval === undefined) return problem(404, "not_found")
    if (action === "consume") return await consume(approval, body as JsonObject)
    if (action === "cancel") return cancel(approval)
    if (approval.status === "pending") await state.onPoll(approval)
    return ok(viewOf(approval))
  }

  function runOf(): JsonObject {
    const tool = { server: "workspace", name: state.definition.name, version: "1.4.0", tier: state.tier }
    return { ...ids, status: "open", runToken: null, allowedTools: [tool], limits: {} }
  }

  async function toolCall(body: JsonObject): Promise<Answer> {
    const { server, name, version } = body.tool as { server: string; name: string; version: string }
    const tool = { server, name, version, definition: toolHash(state.definition) }
    const parts = (body.change as { parts: ChangePart[] } | undefined)?.parts
    const input = body.input ?? null
    const call = { ...ids, tool, input }
    const hash = parts === undefined ? null : changeHash(buildEnvelope({ ...call, parts }, { configDigest }))

    if (state.decision === "allow" || parts === undefined) {
      const executionId = newId("exec")
      const permit = await sign({
        jti: executionId,
        decision: "allow",
        tool,
        input,
        changeHash: hash,
        approvalId: null,
      })
      const allowance = { callId: newId("call"), decision: "allow", executionId, permit }
      state.allowances.push(allowance)
      return ok(allowance)
    }
    const envelope = buildEnvelope({ ...call, parts }, { configDigest })
    const approval = { approvalId: newId("appr"), status: "pending", changeHash: hash ?? "", envelope, input }
    state.approvals.set(approval.approvalId, { ...approval, votes: [], spent: null })
    return ok(
      {
        callId: newId("call"),
        decision: "pending",
        approval: viewOf({ ...approval, votes: [], spent: null }),
      },
      202,
    )
  }

  async function consume(approval: SmallApproval, body: JsonObject): Promise<Answer> {
    const sent = canonicalize(body)
    if (approval.spent !== null) {
      if (approval.spent.body !== sent) return problem(409, "already_consumed")
      // A permit lives for a minute: a replay is answered with a fresh one.
      const permit = await permitOf(approval, approval.spent.executionId)
      return ok({ executionId: approval.spent.executionId, permit, replayed: true, proof: null })
    }
    if (approval.status !== "approved")
      return problem(409, approval.status === "pending" ? "not_approved" : approval.status)
    if (body.runId !== ids.runId) return problem(409, "wrong_run")
    if (body.changeHash !== approval.changeHash) return problem(409, "hash_mismatch")
    if (canonicalize(body.observed ?? null) !== canonicalize(expectedOf(approval.envelope))) {
      approval.status = "stale"
      return problem(409, "before_changed")
    }

    const executionId = newId("exec")
    const permit = await permitOf(approval, executionId)
    approval.status = "consumed"
    approval.spent = { body: sent, executionId, permit }
    return ok({ executionId, permit, replayed: false, proof: null })
  }

  async function permitOf(approval: SmallApproval, executionId: string): Promise<string> {
    const { changeHash: hash, approvalId, input, envelope } = approval
    return await sign({
      jti: executionId,
      decision: "approved",
      tool: envelope.tool,
      input,
      changeHash: hash,
      approvalId,
    })
  }

  async function sign({ input, changeHash: hash, approvalId, ...claims }: PermitClaims): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const bent = state.bend({
      ...claims,
      ...ids,
      iss: url,
      aud: "workspace",
      inputDigest: inputDigest(input),
      ...(hash === null ? {} : { changeHash: hash }),
      ...(approvalId === null ? {} : { approvalId }),
      policyVersion: 1,
      voters: ["per_1"],
      iat: now,
      exp: now + 60,
    })
    return await new SignJWT(bent)
      .setProtectedHeader({ alg: state.algorithm, kid: state.keyId })
      .sign(state.signingKey)
  }

  function outcome(executionId: string, body: JsonObject): Answer {
    if (state.outcomes.has(executionId)) return problem(409, "outcome_recorded")
    state.outcomes.set(executionId, body)
    return ok({ executionId, status: body.status ?? null, matchesApproved: true, late: false })
  }

  function cancel(approval: SmallApproval): Answer {
    if (approval.status !== "pending" && approval.status !== "approved")
      return problem(409, "approval_closed")
    approval.status = "cancelled"
    return ok(viewOf(approval))
  }

  function derivedFrom(approvalId: string | undefined): JsonObject[] {
    return [...state.approvals.values()].filter((one) => one.derivedFrom === approvalId).map(viewOf)
  }

  function viewOf(approval: SmallApproval): JsonObject {
    const { approvalId, status, changeHash: hash, votes, envelope, endedBecause = null } = approval
    const reviewUrl = `${url}/approvals/${approvalId}`
    return {
      ...{ ...ids, approvalId, status, changeHash: hash, votes, envelope, endedBecause },
      expiresAt: null,
      reviewUrl,
    }
  }

  return {
    url,
    state,
    /** The only approval there is. */
    approval: () => {
      const [only] = state.approvals.values()
      if (only === undefined) throw new Error("Nobody asked for an approval.")
      return only
    },
    outcomes: () => [...state.outcomes.values()],
    requestsTo: (part: string) => state.requests.filter((request) => request.path.includes(part)),
    stop: async () => {
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
    },
  }
}

export type SmallServer = Awaited<ReturnType<typeof startSmallServer>>

export function approve(approval: SmallApproval): void {
  approval.status = "approved"
  approval.votes = [
    { personId: "per_1", name: "Rhea Novak", decision: "approve", reason: null, at: "2026-02-23T18:43:00Z" },
  ]
}

export function deny(approval: SmallApproval): void {
  approval.status = "denied"
  const reason = "The footer names the wrong client."
  approval.votes = [
    { personId: "per_1", name: "Rhea Novak", decision: "deny", reason, at: "2026-02-23T18:43:00Z" },
  ]
}

export function problem(
  status: number,
  code: string,
  more: JsonObject = {},
  headers: Record<string, string> = {},
): Answer {
  return {
    status,
    body: { type: "about:blank", title: code, status, detail: `Detail of ${code}.`, code, ...more },
    headers,
  }
}

export async function anotherKey(): Promise<CryptoKey> {
  return (await generateKeyPair("EdDSA")).privateKey
}

type PermitClaims = JWTPayload & { input: JsonValue; changeHash: string | null; approvalId: string | null }

function ok(body: JsonObject, status = 200): Answer {
  return { status, body }
}

function newId(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll("-", "").slice(0, 26).toUpperCase()}`
}
