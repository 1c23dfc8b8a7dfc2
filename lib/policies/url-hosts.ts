import type { JsonValue } from "@deltaseal/guard/change"

/** A longer text is a content, and not an address. In UTF-16 units. */
const addressLengthMax = 4_096

/**
 * The hosts of URLs that are whole strings of these values, or start them, as
 * `host` or `host:port` in lower case. Text that merely mentions a URL says
 * nothing of where a call goes. What has a scheme and `//` but is no URL gives
 * an empty host, which no list of hosts holds.
 */
export function hostsIn(values: readonly JsonValue[]): string[] {
  const hosts = new Set<string>()
  const open: JsonValue[] = [...values]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value === "string") addHost(hosts, value)
    if (typeof value !== "object" || value === null) continue
    for (const member of Object.values(value)) open.push(member)
  }
  return [...hosts].sort()
}

function addHost(hosts: Set<string>, text: string): void {
  const start = text.slice(0, addressLengthMax).trim()
  // Browsers and most clients take \ for / and skip tabs and line breaks in the middle of a scheme.
  if (!/^[a-z][a-z0-9+.\-\t\r\n]*:[\t\r\n]*[/\\]/i.test(start) && !/^[/\\]{2}/.test(start)) return
  hosts.add(hostOf(start))
}

function hostOf(text: string): string {
  try {
    return new URL(text.split(" ", 1)[0] ?? "", "https://relative.invalid").host.toLowerCase()
  } catch {
    return ""
  }
}
