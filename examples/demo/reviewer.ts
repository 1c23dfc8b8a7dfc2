import { z } from "zod"
import { DemoError } from "./facts.ts"

/** A signed-in person, as a browser would be one: cookie, own origin, CSRF token. */
export type Reviewer = Readonly<{
  vote: (approvalId: string, vote: Vote) => Promise<void>
  /** Anything else that a person of this role may do. */
  write: (method: "POST" | "PUT", path: string, body: object) => Promise<unknown>
}>

export type Vote = Readonly<{ decision: "approve" } | { decision: "deny"; reason: string }>

/** Signs in through the same form post that the sign-in page makes. */
export async function signInReviewer(
  url: string,
  person: Readonly<{ email: string; password: string }>,
): Promise<Reviewer> {
  const jar = new Map<string, string>()
  const send = async (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers)
    headers.set("cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "))
    headers.set("origin", url)
    const answer = await fetch(new URL(path, url), { ...init, headers, redirect: "manual" })
    keepCookies(jar, answer)
    return answer
  }

  const { csrfToken } = Csrf.parse(await (await send("/api/auth/csrf")).json())
  await send("/api/auth/callback/credentials", {
    method: "POST",
    body: new URLSearchParams({ ...person, csrfToken, json: "true" }),
  })
  const session = await send("/api/v1/session")
  if (!session.ok) throw new DemoError(`${person.email} could not sign in.`)

  const own = Csrf.parse(await session.json())
  const write: Reviewer["write"] = async (method, path, body) => {
    const headers = { "content-type": "application/json", "x-csrf-token": own.csrfToken }
    const answer = await send(path, { method, headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new DemoError(`${path} was refused: ${await answer.text()}`)
    return (await answer.json()) as unknown
  }

  return {
    write,
    vote: async (approvalId, vote) => {
      const path = `/api/v1/approvals/${approvalId}`
      const { changeHash } = Approval.parse(await (await send(path)).json())
      await write("POST", `${path}/votes`, { ...vote, changeHash })
    },
  }
}

function keepCookies(jar: Map<string, string>, answer: Response): void {
  for (const cookie of answer.headers.getSetCookie()) {
    const [pair = ""] = cookie.split(";")
    const at = pair.indexOf("=")
    jar.set(pair.slice(0, at), pair.slice(at + 1))
  }
}

const Csrf = z.object({ csrfToken: z.string() })
const Approval = z.object({ changeHash: z.string() })
