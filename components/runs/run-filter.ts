import { environments, type Environment } from "@/lib/tools/tool"

/** Which runs the list shows, as its address says it. */
export type ShownRuns = Readonly<{
  tenant: string | undefined
  environment: Environment | undefined
  status: "open" | "closed" | undefined
}>

type SearchParams = Readonly<Record<string, string | string[] | undefined>>

/** The filter in an address; what is not one of the choices is no choice. */
export function shownRuns({ tenant, environment, status }: SearchParams): ShownRuns {
  return {
    tenant: typeof tenant === "string" ? tenant : undefined,
    environment: environments.find((name) => name === environment),
    status: (["open", "closed"] as const).find((name) => name === status),
  }
}

/** The address of a list like this one but for what is changed. */
export function runsPath(
  shown: ShownRuns,
  change: Partial<ShownRuns> & Readonly<{ cursor?: string | null }> = {},
): string {
  const { tenant, environment, status, cursor } = { cursor: null, ...shown, ...change }
  const chosen = Object.entries({ tenant, environment, status, cursor }).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as [string, string]] : [],
  )
  const search = new URLSearchParams(chosen).toString()

  return search === "" ? "/runs" : `/runs?${search}`
}
