import { randomBytes, randomUUID } from "node:crypto"
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import { clientAddressHeader, vouchedFor } from "@/lib/auth/client-address"
import type { Config } from "@/lib/env/config"

type Doors = Readonly<{
  /** The REST application. */
  api: RequestListener
  /** The web pages. */
  pages: RequestListener
}>

/** One port, two doors: refuses foreign hosts, sets the headers that browsers enforce, and shows the way. */
export function createFront(config: Config, stopping: AbortSignal, doors: Doors): RequestListener {
  const hosts = new Set(config.hosts)
  // A balancer asks after our health by address; on a demo's loopback nobody has to.
  const isServed = !config.demo
  const secure = config.origin.startsWith("https:")

  return (request, response) => {
    setCommonHeaders(response, secure)
    // A kept-alive connection would outlast the drain.
    if (stopping.aborted) response.setHeader("Connection", "close")
    if (!hosts.has(request.headers.host?.toLowerCase() ?? "") && !(isServed && isHealth(request.url))) {
      refuseHost(response)
      return
    }
    if (isApi(request.url ?? "/")) {
      doors.api(request, response)
      return
    }

    setContentPolicy(request, response)
    // Whatever a client sent under this name is overwritten: it decides who is throttled.
    request.headers[clientAddressHeader] = vouchedFor(request.socket.remoteAddress ?? "unknown")
    doors.pages(request, response)
  }
}

/** What a request hears before the server is ready. */
export const answerStarting: RequestListener = (_, response) => {
  response.writeHead(503, { "Content-Type": "text/plain", "Retry-After": "1", Connection: "close" })
  response.end("Deltaseal is starting.\n")
}

const apiPaths = ["/api/v1", "/api/docs", "/healthz", "/readyz", "/.well-known"]

function isApi(url: string): boolean {
  const path = url.split("?", 1)[0] ?? ""
  return apiPaths.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))
}

function isHealth(url: string | undefined): boolean {
  return url === "/healthz" || url === "/readyz"
}

function setCommonHeaders(response: ServerResponse, secure: boolean): void {
  response.setHeader("X-Content-Type-Options", "nosniff")
  response.setHeader("Referrer-Policy", "no-referrer")
  response.setHeader("Cross-Origin-Opener-Policy", "same-origin")
  response.setHeader("Cross-Origin-Resource-Policy", "same-origin")
  response.setHeader("X-Frame-Options", "DENY")
  // Authenticators are asked by our own pages alone; nothing else of the machine is asked for at all.
  response.setHeader("Permissions-Policy", permissionsPolicy)
  if (secure) response.setHeader("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
}

const permissionsPolicy = [
  "publickey-credentials-get=(self)",
  "publickey-credentials-create=(self)",
  ...["camera", "geolocation", "microphone", "payment", "usb"].map((name) => `${name}=()`),
].join(", ")

/** Next finds the nonce in the request's policy and stamps its own scripts with it. */
function setContentPolicy(request: IncomingMessage, response: ServerResponse): void {
  const policy = contentPolicy(randomBytes(16).toString("base64"))
  request.headers["content-security-policy"] = policy
  response.setHeader("Content-Security-Policy", policy)
}

function contentPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types nextjs nextjs#bundler",
  ].join("; ")
}

/** A page of ours reached by a name of someone else's is how DNS rebinding begins. */
function refuseHost(response: ServerResponse): void {
  const body = JSON.stringify({
    type: "/api/docs/errors/host_not_allowed",
    title: "This host is not served here",
    status: 421,
    detail: "The Host header names a server that this is not.",
    code: "host_not_allowed",
    requestId: randomUUID(),
  })
  response.writeHead(421, { "Content-Type": "application/problem+json", "Cache-Control": "no-store" })
  response.end(body)
}
