import type { ToolStatus } from "@/lib/tools/tool"

/** A status as a badge shows it. */
export const toolStatusWords = {
  waiting: { tone: "look", words: "waits for you" },
  active: { tone: "good", words: "active" },
  suspended: { tone: "off", words: "suspended" },
} as const satisfies Record<ToolStatus, { tone: string; words: string }>

/** The same for who cannot accept it. */
export const waitingWords = { tone: "waits", words: "waits for an admin" } as const

type Ref = Readonly<{ tenantId: string; server: string; name: string; version: string }>

/** Where a tool's page is. */
export function toolPath({ tenantId, server, name, version }: Ref): string {
  return `/tools/${tenantId}/${server}/${name}/${encodeURIComponent(version)}`
}

/** Where the REST API has a tool. */
export function toolApiPath({ tenantId, server, name, version }: Ref): string {
  return `/api/v1/tenants/${tenantId}/tools/${server}/${name}/${encodeURIComponent(version)}`
}

/** Where the REST API has a tool's place on the allowlist. */
export function allowancePath({ tenantId, server, name }: Omit<Ref, "version">, environment: string): string {
  return `/api/v1/tenants/${tenantId}/allowances/${environment}/${server}/${name}`
}
