/** Where a pack is, on the pages and in the API. */
export function packPath(packId: string, rest = ""): string {
  return `/policies/packs/${packId}${rest}`
}

export function packApiPath(packId: string, rest = ""): string {
  return `/api/v1/packs/${packId}${rest}`
}
