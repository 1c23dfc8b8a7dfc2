/** The environment as the user set it; frameworks add to it later. */
export function userEnvironment(): Readonly<Record<string, string | undefined>> {
  return { ...process.env }
}

/**
 * Settings that libraries read from the environment and nowhere else. Set
 * before they are imported: React chooses its build by NODE_ENV when it loads.
 */
export function setLibraryEnvironment(settings: Readonly<{ origin: string; sessionSecret: string }>): void {
  Object.assign(process.env, {
    NODE_ENV: "production",
    NEXT_TELEMETRY_DISABLED: "1",
    NEXTAUTH_URL: settings.origin,
    NEXTAUTH_SECRET: settings.sessionSecret,
  })
}
