import { toolStatuses, type ToolStatus } from "@/lib/tools/tool"

/** Which tools the page shows. */
export type ShownTools = Readonly<{ tenant: string | undefined; status: ToolStatus | undefined }>

/** What an address asks for; what it does not know is as if it were not there. */
export function shownTools(asked: Readonly<Record<string, string | string[] | undefined>>): ShownTools {
  const { tenant, status } = asked

  return {
    tenant: typeof tenant === "string" ? tenant : undefined,
    status: toolStatuses.find((known) => known === status),
  }
}

/** The address that shows these tools. */
export function toolsPath(shown: ShownTools, changes: Partial<ShownTools> = {}): string {
  const { tenant, status } = { ...shown, ...changes }
  const query = new URLSearchParams({
    ...(status === undefined ? {} : { status }),
    ...(tenant === undefined ? {} : { tenant }),
  }).toString()

  return query === "" ? "/tools" : `/tools?${query}`
}
