import type { PolicyLimits, ToolLimit } from "./policy"
import type { RuleChange } from "./rule-strictness"
import { defaultPerMinute, runLimits, tenantLimits } from "./tier-rules"

/** What limits let through more or less. One that is absent and has no default limits nothing. */
export function limitChanges(old: PolicyLimits, next: PolicyLimits): RuleChange[] {
  return [
    ...numberChanges("a run", runLimits(old.run), runLimits(next.run)),
    ...numberChanges("the tenant", tenantLimits(old.tenant), tenantLimits(next.tenant)),
    ...numberChanges("each reviewer", { ...old.reviewer }, { ...next.reviewer }),
    ...numberChanges("a change", { ...old.change }, { ...next.change }),
    ...toolChanges(old.tools ?? [], next.tools ?? []),
  ]
}

type Numbers = Readonly<Record<string, number | string>>

function numberChanges(whose: string, old: Numbers, next: Numbers): RuleChange[] {
  const names = new Set([...Object.keys(old), ...Object.keys(next)])

  return [...names].flatMap((name): RuleChange[] => {
    const [was, is] = [limitOf(old[name]), limitOf(next[name])]
    if (was === is) return []
    const limit = `The limit ${name.replace(/Seconds$/, "")} of ${whose}`
    return is < was
      ? [{ kind: "tightens", sentence: `${limit} is lower.` }]
      : [{ kind: "loosens", sentence: `${limit} is higher or gone.` }]
  })
}

/** Those of one pattern are counted together, so that each old one needs one of the same pattern. */
function toolChanges(old: readonly ToolLimit[], next: readonly ToolLimit[]): RuleChange[] {
  const names = new Set([...old, ...next].map(patternOf))
  return [...names].flatMap((name) =>
    numberChanges(
      `the tools ${name}`,
      withDefault(lowest(old, name), lowest(next, name)),
      lowest(next, name),
    ),
  )
}

function lowest(limits: readonly ToolLimit[], name: string): Numbers {
  const found: Record<string, number> = {}
  for (const limit of limits.filter((candidate) => patternOf(candidate) === name)) {
    const { server: _server, tool: _tool, ...numbers } = limit
    for (const [member, value] of Object.entries(numbers))
      found[member] = Math.min(found[member] ?? Infinity, value)
  }
  return found
}

/** What is first said replaces the default, which may have been lower. */
function withDefault(old: Numbers, next: Numbers): Numbers {
  const isFirstSaid = old["perMinute"] === undefined && next["perMinute"] !== undefined
  return isFirstSaid ? { ...old, perMinute: defaultPerMinute } : old
}

function patternOf({ server, tool }: ToolLimit): string {
  return `${server}/${tool}`
}

function limitOf(value: number | string | undefined): number {
  return typeof value === "number" ? value : Infinity
}
