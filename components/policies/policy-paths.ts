/** Where a client's policy is, on the pages and in the API. */
export function policyPath(tenantId: string, rest = ""): string {
  return `/policies/${tenantId}${rest}`
}

export function policyApiPath(tenantId: string, rest = ""): string {
  return `/api/v1/tenants/${tenantId}${rest}`
}
