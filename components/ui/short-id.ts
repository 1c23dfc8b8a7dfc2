/** An id shortened in the middle: `appr_01J…4F2K`. */
export function shortId(id: string): string {
  const at = id.indexOf("_") + 4
  return id.length <= at + 5 ? id : `${id.slice(0, at)}…${id.slice(-4)}`
}
