import type { PolicyFacts } from "@/lib/policies/policy-facts"
import { boundedBy, isGlob, whyNotGrantable } from "./grant-of-decision"

/** What a decision was about, as far as a rule can be made of it. */
export type GrantBasis = Readonly<{
  tool: string
  /** `prod, nightly-content, step publish`. */
  where: string
  ops: readonly string[]
  /** Null where no files change; `isExact` says whether they can be named as they are. */
  paths: Readonly<{ exact: readonly string[]; isExact: boolean; folder: string | null }> | null
  /** Null where no records or configs change. */
  fields: readonly string[] | null
  recipients: readonly string[]
  isDryRun: boolean
  /** Why no rule can be made of it; null when one can. */
  whyNot: string | null
}>

/** How many paths, fields or recipients a rule can name. */
const namedMax = 100

export function grantBasis(facts: PolicyFacts): GrantBasis {
  const { change, run, tool, isDryRun } = facts
  const { hasFiles, hasFields } = change === null ? { hasFiles: false, hasFields: false } : boundedBy(change)
  const paths = change?.paths ?? []
  const step = run.step === null ? [] : [`step ${run.step}`]

  return {
    tool: `${tool.server}/${tool.name}`,
    where: [run.environment, run.workflow, ...step].join(", "),
    ops: change?.ops ?? [],
    paths: hasFiles
      ? { exact: paths, isExact: paths.length <= namedMax && !paths.some(isGlob), folder: folderOf(paths) }
      : null,
    fields: hasFields ? (change?.fields ?? []) : null,
    recipients: change?.recipients ?? [],
    isDryRun,
    whyNot: whyNotGrantable(facts),
  }
}

/** The folder that all paths are in, as deep as there is one; null where that is the top, or a rule cannot name it. */
function folderOf(paths: readonly string[]): string | null {
  const [first = [], ...others] = paths.map((path) => path.split("/").slice(0, -1))
  const shared = first.filter((_, at) =>
    others.every((folders) => first.slice(0, at + 1).every((name, index) => folders[index] === name)),
  )
  const folder = shared.join("/")

  return folder === "" || isGlob(folder) ? null : folder
}
