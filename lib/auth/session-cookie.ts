import { decode } from "next-auth/jwt"
import { runtime } from "@/lib/env/runtime"

/**
 * The id of the session row that a request's cookie names, or null. Says
 * nothing about whether that session still lives: only its row does.
 *
 * @param cookieHeader the request's Cookie header as it came
 */
export async function sessionIdFromCookie(cookieHeader: string | undefined): Promise<string | null> {
  const token = readChunked(cookieHeader ?? "", sessionCookieName())
  if (token === "") return null

  try {
    const claims = await decode({ token, secret: runtime().secrets.sessionSecret })
    const sessionId = claims?.["sessionId"]
    return typeof sessionId === "string" ? sessionId : null
  } catch {
    // Whatever cannot be decrypted was not made by us, or by an older secret: nobody is signed in.
    return null
  }
}

/** As next-auth names it. Over https only the name that a browser refuses to set from plain http counts. */
function sessionCookieName(): string {
  const isSecure = runtime().config.origin.startsWith("https:")
  return isSecure ? "__Secure-next-auth.session-token" : "next-auth.session-token"
}

/** A cookie that next-auth may have cut into `name.0`, `name.1`, …, put together again. */
function readChunked(header: string, name: string): string {
  const cookies = new Map(header.split(";").map(splitCookie))
  const whole = cookies.get(name)
  if (whole !== undefined) return whole

  let token = ""
  for (let index = 0; cookies.has(`${name}.${index}`); index += 1) {
    token += cookies.get(`${name}.${index}`) ?? ""
  }
  return token
}

function splitCookie(pair: string): [string, string] {
  const at = pair.indexOf("=")
  return at === -1 ? [pair.trim(), ""] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
}
