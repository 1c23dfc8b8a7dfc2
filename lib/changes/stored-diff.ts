import type { DiffView } from "./change"

/**
 * A diff as it was sealed beside its change. We wrote it ourselves, so it is
 * read without the strict parser's limits: an old and a new value that each
 * keep them may break them together.
 */
export function readStoredDiff(bytes: Uint8Array): DiffView {
  return JSON.parse(new TextDecoder().decode(bytes)) as DiffView
}
