import type { FileModel } from "./diff-model"

/** What the parts of a change are called together. */
export function partNoun(files: readonly FileModel[]): string {
  return files.some(({ part }) => part.kind !== "file") ? "parts" : "files"
}
