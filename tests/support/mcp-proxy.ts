import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"

/** One request on its way between a guard and Deltaseal. */
export type Passing = Readonly<{ method: string; path: string; answer?: string }>

/** A wire between a guard and Deltaseal that a test can hold at any point. */
export type Proxy = Readonly<{
  url: string
  /** Runs before a request reaches Deltaseal. */
  beforeRequest: (hook: Hook | null) => void
  /** Runs when Deltaseal has answered and the guard has not heard it yet. */
  beforeAnswer: (hook: Hook | null) => void
  /** Changes what a request says on its way to Deltaseal. */
  rewriteRequest: (rewrite: Rewrite | null) => void
  close: () => Promise<void>
}>

type Rewrite = (passing: Passing, body: string) => string
type Hook = (passing: Passing) => Promise<void> | void

export async function startProxy(upstream: string): Promise<Proxy> {
  const hooks: { request: Hook | null; answer: Hook | null; rewrite: Rewrite | null } = {
    request: null,
    answer: null,
    rewrite: null,
  }
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const passing = { method: request.method ?? "GET", path: request.url ?? "/" }
    const sent = await buffer(request)
    const body = hooks.rewrite === null ? sent : Buffer.from(hooks.rewrite(passing, sent.toString()))
    await hooks.request?.(passing)
    const gone = new AbortController()
    response.once("close", () => {
      gone.abort()
    })
    const answer = await fetch(upstream + passing.path, {
      method: passing.method,
      headers: headersOf(request),
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
      signal: gone.signal,
    })
    const text = await answer.text()
    await hooks.answer?.({ ...passing, answer: text })
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" }).end(text)
  }
  const server = createServer((request, response) => {
    // A guard that was killed meanwhile hears nothing of it.
    pass(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    beforeRequest: (hook) => (hooks.request = hook),
    beforeAnswer: (hook) => (hooks.answer = hook),
    rewriteRequest: (rewrite) => (hooks.rewrite = rewrite),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Only what a guard sends; the rest belongs to this hop. */
function headersOf(request: IncomingMessage): Record<string, string> {
  const kept = ["authorization", "content-type", "accept", "idempotency-key"]
  return Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      kept.includes(name) && typeof value === "string" ? [[name, value]] : [],
    ),
  )
}
