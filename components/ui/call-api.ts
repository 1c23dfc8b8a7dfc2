/** Why a request was refused, as problem+json says it; codes of our own where no answer came. */
export type ApiProblem = Readonly<{
  code: string
  detail?: string
  reasons?: readonly ApiReason[]
  requestId?: string
}>

/** One reason; `path` is a JSON pointer into the body that was sent. */
export type ApiReason = Readonly<{ code: string; message: string; path?: string }>

export type ApiAnswer = Readonly<{ ok: true; value: unknown }> | Readonly<{ ok: false; problem: ApiProblem }>

export type ApiWrite = Readonly<{ method: "POST" | "PUT" | "PATCH" | "DELETE"; path: string; body?: unknown }>

/**
 * Sends a write to the REST API in the name of whoever is signed in. It never
 * throws: a server that could not be reached is a problem too, `not_sent` when
 * nothing can have arrived and `unreachable` when something may have.
 */
export async function callApi({ method, path, body }: ApiWrite): Promise<ApiAnswer> {
  const session = await fetch("/api/v1/session", { cache: "no-store" }).catch(() => null)
  if (session === null) return { ok: false, problem: { code: "not_sent" } }
  if (!session.ok) return { ok: false, problem: await problemIn(session) }

  const { csrfToken } = (await session.json()) as { csrfToken: string }
  const response = await fetch(path, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => null)

  return response === null ? { ok: false, problem: { code: "unreachable" } } : await answerIn(response)
}

/** A read in the name of whoever is signed in; it never throws either. */
export async function readJson(path: string): Promise<ApiAnswer> {
  const response = await fetch(path, { cache: "no-store" }).catch(() => null)

  return response === null ? { ok: false, problem: { code: "not_sent" } } : await answerIn(response)
}

export async function postJson(path: string, body: unknown = {}): Promise<ApiAnswer> {
  return callApi({ method: "POST", path, body })
}

export async function putJson(path: string, body: unknown): Promise<ApiAnswer> {
  return callApi({ method: "PUT", path, body })
}

export async function patchJson(path: string, body: unknown): Promise<ApiAnswer> {
  return callApi({ method: "PATCH", path, body })
}

/** A write for which nobody has to be signed in, such as accepting an invitation. */
export async function postAsGuest(path: string, body: unknown): Promise<ApiAnswer> {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => null)

  return response === null ? { ok: false, problem: { code: "unreachable" } } : await answerIn(response)
}

async function answerIn(response: Response): Promise<ApiAnswer> {
  if (!response.ok) return { ok: false, problem: await problemIn(response) }
  if (response.status === 204) return { ok: true, value: null }

  try {
    return { ok: true, value: await response.json() }
  } catch {
    return { ok: false, problem: { code: "unreachable" } }
  }
}

async function problemIn(response: Response): Promise<ApiProblem> {
  try {
    return (await response.json()) as ApiProblem
  } catch {
    return { code: response.status === 503 ? "unavailable" : "internal" }
  }
}
