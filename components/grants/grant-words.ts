import type { GrantView } from "@/lib/grants/grant.schema"

type Words = Readonly<{ tone: "good" | "soon" | "off"; words: string }>

const endings = {
  expired: "time is up",
  spent: "used up",
  revoked: "revoked",
  declined: "not agreed to",
} as const

/** How a grant stands. */
export function grantStateWords({ state, endedBecause }: GrantView): Words {
  if (state === "in_force") return { tone: "good", words: "in force" }
  if (state === "waiting") return { tone: "soon", words: "waits" }
  return { tone: "off", words: endedBecause === null ? "ended" : endings[endedBecause] }
}

/** What it names, one piece for each kind: `the paths docs/a.md`. */
export function boundWords({
  paths,
  fields,
  recipients,
}: Pick<GrantView, "paths" | "fields" | "recipients">): { words: string; names: readonly string[] }[] {
  return [
    { words: "files", names: paths },
    { words: "fields", names: fields?.map((field) => (field === "" ? "all of it" : field)) ?? null },
    { words: "messages to", names: recipients },
  ].flatMap(({ words, names }) => (names === null ? [] : [{ words, names }]))
}

/** Where it holds: `prod, nightly-content, publish`; null = everywhere. */
export function whereWords({
  environment,
  workflow,
  step,
}: Pick<GrantView, "environment" | "workflow" | "step">): string | null {
  const names = [environment, workflow, step].flatMap((list) => (list === null ? [] : [list.join(" or ")]))

  return names.length === 0 ? null : names.join(", ")
}

/** Who asked for it and who agreed: `Rhea Novak, agreed to by Adam Reyes`. */
export function whoWords({ proposedBy, approvedBy }: Pick<GrantView, "proposedBy" | "approvedBy">): string {
  if (proposedBy === null) return "an administrator"
  return approvedBy === null ? proposedBy.name : `${proposedBy.name}, agreed to by ${approvedBy.name}`
}
