import type { JsonValue } from "@deltaseal/guard/change"

const named = new Set(["tenantId", "tenant_id"])
const shape = /^ten_[0-7][0-9A-HJKMNP-TV-Z]{25}$/

/**
 * Every tenant id inside an input, with its JSON Pointer (SPEC 3.1): members
 * named `tenantId` or `tenant_id`, members marked `x-tenant-id` by the schema
 * (`marked`: pointers), and any string of the id's shape. A named member that
 * is not a string counts as an id that cannot match.
 */
export function tenantIdsIn(
  input: JsonValue,
  marked: ReadonlySet<string> = new Set(),
): { path: string; value: string }[] {
  const found: { path: string; value: string }[] = []
  const open: { value: JsonValue; path: string; name: string | null }[] = [
    { value: input, path: "", name: null },
  ]

  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path, name } = next
    const isNamed = (name !== null && named.has(name)) || marked.has(path)
    if (typeof value === "string" && (isNamed || shape.test(value))) found.push({ path, value })
    else if (isNamed && value !== null && typeof value !== "object")
      found.push({ path, value: String(value) })
    if (typeof value !== "object" || value === null) continue

    for (const [key, member] of Object.entries(value)) {
      if (shape.test(key)) found.push({ path: `${path}/${pointer(key)}`, value: key })
      open.push({ value: member, path: `${path}/${pointer(key)}`, name: Array.isArray(value) ? name : key })
    }
  }

  return found
}

/** A member name as a JSON Pointer token (RFC 6901). */
function pointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1")
}
