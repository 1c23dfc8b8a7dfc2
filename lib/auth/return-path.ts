/** Where people land when no page was asked for. */
export const homePath = "/inbox"

/**
 * A path of our own that a person may be sent to after signing in; anything
 * that a browser could read as another site, or as no page, becomes the inbox.
 */
export function safeReturnPath(given: string | undefined): string {
  if (given === undefined || !/^\/(?![/\\])[!-[\]-~]*$/.test(given)) return homePath

  // Resolved first: `/..//evil.example` is a path that becomes another site only then.
  const { origin, pathname, search } = new URL(given, "http://origin.invalid")
  const isPage = !/^\/(?:\/|(?:api|sign-in|_next)(?:\/|$))/.test(pathname)
  return origin === "http://origin.invalid" && isPage ? pathname + search : homePath
}

/** The sign-in page that leads back to where the person was going. */
export function signInPath(returnPath: string): string {
  return `/sign-in?next=${encodeURIComponent(returnPath)}`
}
