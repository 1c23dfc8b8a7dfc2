import type { JsonValue } from "@deltaseal/guard/change"

const named = new Set(["tenantId", "tenant_id"])
const shape = /^ten_[0-7][0-9A-HJKMNP-TV-Z]{25}$/

/** `isId`: what stands here is named or marked as a tenant id, in a list too. */
type Place = Readonly<{ value: JsonValue; path: string; isId: boolean }>

/**
 * Every tenant id inside an input, with its JSON Pointer (SPEC 3.1): members
 * named `tenantId` or `tenant_id`, members marked `x-tenant-id` by the schema
 * (`marked`: pointers), lists of either, and any string of the id's shape. What
 * is named or marked and is no string counts as an id that cannot match.
 */
export function tenantIdsIn(
  input: JsonValue,
  marked: ReadonlySet<string> = new Set(),
): { path: string; value: string }[] {
  const found: { path: string; value: string }[] = []
  const open: Place[] = [{ value: input, path: "", isId: marked.has("") }]

  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path, isId } = next
    if (typeof value === "string" ? isId || shape.test(value) : isId && !Array.isArray(value)) {
      found.push({ path, value: typeof value === "string" ? value : JSON.stringify(value) })
    }
    if (typeof value !== "object" || value === null) continue

    for (const [key, member] of Object.entries(value)) {
      const at = `${path}/${pointer(key)}`
      const isIdToo = Array.isArray(value) ? isId : named.has(key)
      if (shape.test(key)) found.push({ path: at, value: key })
      open.push({ value: member, path: at, isId: isIdToo || marked.has(at) })
    }
  }

  return found
}

/** A member name as a JSON Pointer token (RFC 6901). */
function pointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1")
}
