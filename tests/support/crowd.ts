import { Agent, request } from "node:http"
import type pg from "pg"
import { callerOfSession, newNonce, type Caller, type Reply } from "./api"
import type { Cluster } from "./api-processes"
import { openRun } from "./calls"
import type { KeyName, Who } from "./lifecycle-model"
import { putInForce } from "./rules"
import { addSession, allScopes, makeKey, makePerson, secondAgency, type Place, type Side } from "./world"

/** Everybody who has to do with approvals, at each of several processes. */
export type Crowd = Readonly<{
  people: Readonly<Record<Who, readonly Caller[]>>
  keys: Readonly<Record<KeyName, readonly Caller[]>>
  ids: Readonly<Record<"first" | "second" | "admin" | "chief" | "deputy", string>>
  operatorId: string
  agencyId: string
  /** A run of ours in which nothing is asked. */
  otherRunId: string
}>

/** A policy by which the workflow `two` wants two people and every other one. */
export const oneOrTwo = `rules:
  - {name: two, match: {workflow: ["two"]}, effect: require_approval, approval: {carryOver: 1h, stages: [{group: reviewers, count: 2}]}}
  - {name: one, effect: require_approval, approval: {carryOver: 1h}}
limits: {tenant: {pendingApprovals: 1000}}
`

/** Crowds that have nothing to do with each other, each in an agency of its own. */
export async function gatherCrowds(cluster: Cluster, count: number): Promise<readonly Crowd[]> {
  const { urls, installation } = cluster
  const [url = ""] = urls
  const crowds: Crowd[] = []
  const theirs = await secondAgency({ url }, installation.su)
  for (let at = 0; at < count; at += 1) {
    const ours = await secondAgency({ url }, installation.su)
    crowds.push(await gatherCrowdOf(cluster, ours, installation.su, theirs))
  }

  return crowds
}

/** @param others who have nothing to do with this client */
export async function gatherCrowdOf(
  { urls }: Cluster,
  ours: Side,
  su: pg.Client,
  others?: Side,
): Promise<Crowd> {
  const [url = ""] = urls
  const place: Place = { su, url, ours }
  const theirs = others ?? (await secondAgency(place, su))
  const member = (role: "reviewer" | "admin" | "auditor") => makePerson(place, { role })
  const [first, second, operator, admin, chief, auditor, deputy, stranger, other, noExecute] =
    await Promise.all([
      member("reviewer"),
      member("reviewer"),
      member("reviewer"),
      member("admin"),
      member("admin"),
      member("auditor"),
      member("auditor"),
      makePerson(place, { role: "owner", agencyId: theirs.agencyId }),
      makeKey(place),
      makeKey(place, { scopes: allScopes.filter((scope) => scope !== "execute") }),
    ])
  const owner = await callerOfSession(url, await addSession(su, ours.ownerId))
  await putInForce({ su, ours }, oneOrTwo)

  const everywhere = (caller: Caller) => atEach(urls, caller)
  return {
    people: {
      first: everywhere(first.caller),
      second: everywhere(second.caller),
      admin: everywhere(admin.caller),
      chief: everywhere(chief.caller),
      deputy: everywhere(deputy.caller),
      owner: everywhere(owner),
      operator: everywhere(operator.caller),
      auditor: everywhere(auditor.caller),
      stranger: everywhere(stranger.caller),
    },
    keys: {
      asking: everywhere(ours.key),
      other: everywhere(other.caller),
      noExecute: everywhere(noExecute.caller),
      foreign: everywhere(theirs.key),
    },
    operatorId: operator.personId,
    agencyId: ours.agencyId,
    ids: {
      first: first.personId,
      second: second.personId,
      admin: admin.personId,
      chief: chief.personId,
      deputy: deputy.personId,
    },
    otherRunId: await openRun(ours.key),
  }
}

/** Somebody at each of these processes. */
export function atEach(urls: readonly string[], { headers }: Caller): readonly Caller[] {
  return urls.map((url) => keptAlive(url, headers))
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 })

/** A caller that costs as little as can be, at this process. */
function keptAlive(url: string, given: Readonly<Record<string, string>>): Caller {
  const { hostname, port } = new URL(url)
  const headers = { ...given, ...("origin" in given && { origin: url }) }
  const send = (method: string, path: string, body?: unknown, more: Record<string, string> = {}) =>
    new Promise<Reply>((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const typed = text === undefined ? {} : { "content-type": "application/json" }
      const create = path === "/api/v1/tool-calls" ? { "idempotency-key": newNonce() } : {}
      const options = {
        agent,
        hostname,
        port,
        method,
        path,
        headers: { ...headers, ...typed, ...create, ...more },
      }
      const sent = request(options, (response) => {
        const chunks: Buffer[] = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.once("end", () => resolve(replyOf(response.statusCode ?? 0, Buffer.concat(chunks))))
        response.once("error", reject)
      })
      sent.once("error", reject)
      sent.end(text)
    })

  return {
    headers,
    get: (path) => send("GET", path),
    post: (path, body, more) => send("POST", path, body, more),
    put: (path, body, more) => send("PUT", path, body, more),
    patch: (path, body, more) => send("PATCH", path, body, more),
    delete: (path, body, more) => send("DELETE", path, body, more),
  }
}

function replyOf(status: number, bytes: Buffer): Reply {
  const text = bytes.toString("utf8")
  return { status, text, headers: new Headers(), body: text === "" ? undefined : JSON.parse(text) }
}
