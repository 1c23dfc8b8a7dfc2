/** Which keys the page shows. */
export type ShownKeys = Readonly<{ tenant: string | undefined; status: "live" | "ended" }>

/** What an address asks for; what it does not know is as if it were not there. */
export function shownKeys(asked: Readonly<Record<string, string | string[] | undefined>>): ShownKeys {
  const { tenant, status } = asked

  return {
    tenant: typeof tenant === "string" ? tenant : undefined,
    status: status === "ended" ? "ended" : "live",
  }
}

/** The address that shows these keys. */
export function keysPath(shown: ShownKeys, changes: Partial<ShownKeys> = {}): string {
  const { tenant, status } = { ...shown, ...changes }
  const query = new URLSearchParams({
    ...(status === "live" ? {} : { status }),
    ...(tenant === undefined ? {} : { tenant }),
  }).toString()

  return query === "" ? "/keys" : `/keys?${query}`
}
