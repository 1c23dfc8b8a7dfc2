export type SignInAnswer =
  | Readonly<{ ok: true }>
  | Readonly<{ ok: false; problem: "wrong" | "unavailable" }>
  | Readonly<{ ok: false; problem: "throttled"; waitSeconds: number }>

/** Signs in through next-auth's own endpoint. */
export async function postSignIn(email: string, password: string): Promise<SignInAnswer> {
  try {
    const { url } = await post("/api/auth/callback/credentials", { email, password })
    return toAnswer(new URL(url, location.origin).searchParams.get("error"))
  } catch {
    return { ok: false, problem: "unavailable" }
  }
}

/** Ends the session and leaves. */
export async function postSignOut(): Promise<void> {
  await post("/api/auth/signout", {}).catch(() => undefined)
  location.assign("/sign-in")
}

/** What next-auth puts into the address it sends people to: our error's code, with the wait behind it. */
export function toAnswer(error: string | null): SignInAnswer {
  if (error === null) return { ok: true }

  const [code, wait] = error.split(":")
  if (code === "unauthenticated" || code === "CredentialsSignin") return { ok: false, problem: "wrong" }
  if (code === "too_many_attempts")
    return { ok: false, problem: "throttled", waitSeconds: Number(wait ?? 900) }
  return { ok: false, problem: "unavailable" }
}

async function post(path: string, fields: Record<string, string>): Promise<{ url: string }> {
  const csrf = (await (await fetch("/api/auth/csrf")).json()) as { csrfToken: string }
  const body = new URLSearchParams({ ...fields, csrfToken: csrf.csrfToken, json: "true" })
  const response = await fetch(path, { method: "POST", body })

  return (await response.json()) as { url: string }
}
