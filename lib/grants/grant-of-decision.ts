import { AppError } from "@/lib/errors/app-error"
import { grantDaysMax } from "@/lib/policies/grant"
import type { PolicyRule } from "@/lib/policies/policy"
import type { ChangeFacts, PolicyFacts } from "@/lib/policies/policy-facts"
import type { Environment } from "@/lib/tools/tool"

/** What a reviewer asks for; what is left out is as it was when they decided. Times are milliseconds since 1970. */
export type GrantWish = Readonly<{
  name: string
  from: string
  paths?: readonly string[] | undefined
  fields?: readonly string[] | undefined
  environment?: Environment | undefined
  workflow?: string | undefined
  maxUses: number
  until: number
  now: number
}>

/**
 * The rule that lets through more of what people approved: the same tool, the
 * same things done, to the paths and fields that are named and to exactly the
 * recipients that were.
 *
 * @throws AppError `not_grantable` when nothing bounds the change, `invalid_request`
 */
export function grantOf(facts: PolicyFacts, wish: GrantWish): PolicyRule {
  const { change, run, tool, isDryRun } = facts
  const hindrance = whyNotGrantable(facts, wish.workflow)
  if (hindrance !== null || change === null) throw refused(hindrance ?? changesNothing)
  const dayMs = 24 * 60 * 60 * 1_000
  if (!(wish.until > wish.now && wish.until <= wish.now + grantDaysMax * dayMs)) {
    throw wrong("/until", `A grant ends in the future, and at most ${grantDaysMax} days from now.`)
  }

  return {
    name: wish.name,
    match: {
      server: [tool.server],
      tool: [tool.name],
      tier: [tool.tier],
      environment: [wish.environment ?? run.environment],
      workflow: [wish.workflow ?? run.workflow],
      ...(run.step === null ? {} : { step: [run.step] }),
    },
    effect: "allow",
    ...boundsOf(change, wish),
    ...(isDryRun ? { dryRun: true } : {}),
    grant: {
      from: wish.from,
      ops: change.ops,
      maxUses: wish.maxUses,
      until: `${new Date(wish.until).toISOString().slice(0, 19)}Z`,
    },
  }
}

const changesNothing = "The call changes nothing."

/** Why no rule can be made of a decision, whatever is asked for; null when one can. */
export function whyNotGrantable(
  { change, run, tool }: PolicyFacts,
  workflow: string = run.workflow,
): string | null {
  if (change === null) return changesNothing
  if (run.step?.includes("*") === true || workflow.includes("*")) {
    return "The name of the workflow or step has a *, which would stand for others too."
  }
  const isT4 = tool.tier === "T4_IDENTITY_MONEY_OUTBOUND"
  if (isT4 && change.kinds.some((kind) => kind !== "message")) {
    return "At tier T4 only messages to exactly the same recipients can be granted."
  }
  const open = change.kinds.find((kind) => kind === "command" || kind === "call")
  if (open === undefined) return null

  return `Nothing bounds a change of the kind ${open}, so it is asked for each time.`
}

/** Which kinds of bounds a change has: the paths of its files, the fields of its records and configs. */
export function boundedBy({ kinds }: ChangeFacts): Readonly<{ hasFiles: boolean; hasFields: boolean }> {
  return {
    hasFiles: kinds.includes("file"),
    hasFields: kinds.includes("record") || kinds.includes("config"),
  }
}

/** Whether a path stands for others too where a rule names it. */
export function isGlob(path: string): boolean {
  return /[*?\\[\]{}!]/.test(path)
}

function boundsOf(
  change: ChangeFacts,
  wish: GrantWish,
): Pick<PolicyRule, "paths" | "patchPaths" | "recipients"> {
  const { kinds, paths, fields, recipients } = change
  const { hasFiles, hasFields } = boundedBy(change)
  if (!hasFiles && wish.paths !== undefined) throw wrong("/paths", "The change has no files.")
  if (!hasFields && wish.fields !== undefined) throw wrong("/fields", "The change has no records or configs.")
  if (hasFiles && wish.paths === undefined && paths.some(isGlob)) {
    throw refused("A path has a character that stands for others in a rule: name the paths that are meant.")
  }

  return {
    ...(hasFiles ? { paths: { allow: wish.paths ?? paths } } : {}),
    ...(hasFields ? { patchPaths: { allow: wish.fields ?? fields } } : {}),
    ...(kinds.includes("message") ? { recipients: { addresses: recipients } } : {}),
  }
}

/** What a grant lets through, in one sentence. */
export function grantSentence({ match = {}, paths, patchPaths, recipients, grant }: PolicyRule): string {
  const where = [match.environment, match.workflow, match.step].flatMap((names) => names ?? []).join(", ")
  const what = [
    ...(paths?.allow === undefined ? [] : [`the paths ${paths.allow.join(", ")}`]),
    ...(patchPaths?.allow === undefined
      ? []
      : [`the fields ${patchPaths.allow.map((field) => field || "all").join(", ")}`]),
    ...(recipients?.addresses === undefined ? [] : [`messages to ${recipients.addresses.join(", ")}`]),
  ]
  const often = grant?.maxUses === 1 ? "once" : `up to ${grant?.maxUses ?? 0} times`

  return `${match.server?.join(", ") ?? ""}/${match.tool?.join(", ") ?? ""} may ${grant?.ops.join(", ") ?? ""} ${what.join(" and ")}${where === "" ? "" : ` in ${where}`}, ${often} until ${grant?.until ?? ""}, without asking.`
}

function refused(message: string): AppError {
  return new AppError("not_grantable", message)
}

function wrong(path: string, message: string): AppError {
  return new AppError("invalid_request", message, { reasons: [{ code: "invalid_request", message, path }] })
}
