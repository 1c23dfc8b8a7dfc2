/** Node's and PostgreSQL's codes in words that say what to look at. */
const explanations: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing answers there",
  ECONNRESET: "it ends the connection",
  ENOTFOUND: "the host is not known",
  EAI_AGAIN: "the host's name cannot be looked up",
  ENOENT: "there is no such socket",
  ETIMEDOUT: "it does not answer",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the host cannot be reached",
  "28P01": "it refuses the password",
  "28000": "it refuses the user",
  "3D000": "it has no such database",
  "42501": "the role may not do this",
  "53100": "its disk is full",
  "53300": "it has no connection left",
  "57P03": "it is starting or stopping",
}

/** One sentence on why the database behind a URL cannot be used. Never the URL itself: it has a password. */
export function unusable(error: unknown, url: string, variable: string): string {
  const { code, message = "" } = error as { code?: string; message?: string }
  const known = explanations[code ?? ""] ?? (message.includes("timeout") ? "it does not answer" : undefined)
  const reason = known ?? `it says "${message.replaceAll(/\s+/g, " ").trim()}"`

  return `The database at ${placeOf(url)} cannot be used: ${reason}; check ${variable}.`
}

/** Whether an error came from the database or the way to it, rather than from a mistake of ours. */
export function isDatabaseError(error: unknown): boolean {
  const { code, message = "" } = error as { code?: unknown; message?: string }
  return (typeof code === "string" && code in explanations) || message.includes("timeout")
}

function placeOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}
