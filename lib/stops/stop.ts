/** What a kill switch is thrown for. Runs and keys stay ended; the others can be lifted. */
export type StopScope = (typeof stopScopes)[number]

export const stopScopes = ["run", "key", "tool", "tenant", "agency"] as const

export const liftableScopes = ["tool", "tenant", "agency"] as const

/** A tool of one tenant in every version, or in the one that is named. */
export type ToolPlace = Readonly<{ tenantId: string; server: string; name: string; version: string | null }>

/** Reads `ten_…/server/name` or `ten_…/server/name/version`; null when it is neither. */
export function readToolId(id: string): ToolPlace | null {
  const [, tenantId = "", server = "", name = "", version] =
    /^([^/]+)\/([^/]+)\/([^/]+)(?:\/(.+))?$/s.exec(id) ?? []

  return tenantId === "" ? null : { tenantId, server, name, version: version ?? null }
}

/** A tool as a stop names it, within its tenant. */
export function toolSubject({ server, name, version }: Omit<ToolPlace, "tenantId">): string {
  return version === null ? `${server}/${name}` : `${server}/${name}/${version}`
}
