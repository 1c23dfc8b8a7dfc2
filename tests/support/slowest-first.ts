import { BaseSequencer, type TestSpecification } from "vitest/node"

/** What takes longest, by file. Begun last, they would run alone while the other workers have nothing left to do. */
const slowest = ["axe-pages", "two-processes", "start-up", "interleavings", "races", "lifecycle-model"]

/** Vitest's own order, which guesses by size where it has not run before, but for the files known to be slow. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => rank(a) - rank(b))
  }
}

function rank({ moduleId }: TestSpecification): number {
  const place = slowest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
  return place === -1 ? slowest.length : place
}
