import type { FileModel, HunkModel } from "./diff-model"

/** The parts of each call of a plan together, in order; one group where there is no plan. */
export function byCall(files: readonly FileModel[]): FileModel[][] {
  const groups: FileModel[][] = []
  for (const file of files) {
    const last = groups.at(-1)
    if (last?.[0]?.part.call === file.part.call && last !== undefined) last.push(file)
    else groups.push([file])
  }

  return groups
}

/** Where one goes to read a part: to what stands above its call, where it is the first of one. */
export function anchorOf({ id, head }: FileModel): string {
  return head?.id ?? id
}

/** The hunks of one call, from 1; of all there is without one. */
export function hunksOf(files: readonly FileModel[], call: number | undefined): HunkModel[] {
  return files.flatMap(({ part, hunks }) => (call === undefined || part.call === call ? hunks : []))
}
