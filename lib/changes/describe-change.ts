import type { State } from "@deltaseal/guard/change"
import type { DescribedPart, PartView } from "./change"
import { actionEffects, actionPhrases } from "./describe-actions"
import { configEffects, configPhrases } from "./describe-configs"
import { recordEffects, recordPhrases } from "./describe-records"
import { counted, formatted, quoted } from "./describe-words"
import { describeFlag } from "./flags"

type Tool = Readonly<{ server: string; name: string }>
type Verb = "creates" | "updates" | "moves" | "deletes"

const verbs: readonly Verb[] = ["creates", "updates", "moves", "deletes"]

/**
 * The change in one sentence, made from its parts alone: `Updates
 * docs/pricing.md in workspace main`, `Creates 2 files and deletes 1 in
 * workspace main; updates 1 contact in crm: lifecycleStage`. Nothing the agent
 * said is in it.
 */
export function describeChange(tool: Tool, parts: readonly DescribedPart[]): string {
  if (parts.length === 0) return `Calls ${tool.name} on ${tool.server}`
  const { files, records, configs, actions } = byKind(parts)
  const phrases = [
    ...filePhrases(files),
    ...recordPhrases(records),
    ...configPhrases(configs),
    ...actionPhrases(actions),
  ]

  return capitalized(phrases.join("; "))
}

/** What would happen, with numbers, from the change and never from the agent: `deletes 1 file, 340 lines`. */
export function effectsOf(parts: readonly DescribedPart[]): string[] {
  const { files, records, configs, actions } = byKind(parts)
  const byVerb = verbs.flatMap((verb) => {
    const those = files.filter((part) => verbOf(part) === verb)
    return those.length === 0 ? [] : [`${verb} ${counted(those.length, "file")}${linesOf(verb, those)}`]
  })

  const modes = files.flatMap((part) => modeEffect(part) ?? [])
  const hidden = parts.reduce((sum, part) => sum + part.hiddenCharacters, 0)
  const sealed = files.filter((part) => part.flags.includes("uninspectable")).length
  return [
    ...byVerb,
    ...modes,
    ...recordEffects(records),
    ...configEffects(configs),
    ...actionEffects(actions),
    ...(hidden > 0 ? [`shows ${describeFlag("hidden_characters", hidden)}`] : []),
    ...(sealed > 0 ? [`has ${counted(sealed, "file")} that cannot be inspected`] : []),
  ]
}

function byKind(parts: readonly DescribedPart[]) {
  return {
    files: parts.filter(({ kind }) => kind === "file"),
    records: parts.filter(({ kind }) => kind === "record"),
    configs: parts.filter(({ kind }) => kind === "config"),
    actions: parts.filter(({ kind }) => kind === "message" || kind === "command" || kind === "call"),
  }
}

function filePhrases(parts: readonly PartView[]): string[] {
  const [only, ...others] = parts
  if (only === undefined) return []
  const what = others.length === 0 ? describePart(only) : describeCounts(parts)
  return [`${what} in ${workspaces(parts)}`]
}

function describePart(part: PartView): string {
  const path = quoted(part.target["path"] ?? "")
  if (part.op === "move") return `moves ${quoted(part.target["from"] ?? "")} to ${path}`
  const isOnlyMode = part.op === "update" && digestOf(part.before) === digestOf(part.after)
  return (isOnlyMode ? modeEffect(part) : undefined) ?? `${verbOf(part)} ${path}`
}

/** `creates 2 files and deletes 1`: the noun stands once. */
function describeCounts(parts: readonly PartView[]): string {
  const counts = verbs
    .map((verb) => ({ verb, count: parts.filter((part) => verbOf(part) === verb).length }))
    .filter(({ count }) => count > 0)
  const phrases = counts.map(
    ({ verb, count }, at) => `${verb} ${at === 0 ? counted(count, "file") : formatted(count)}`,
  )

  const last = phrases.pop() ?? ""
  return phrases.length === 0 ? last : `${phrases.join(", ")} and ${last}`
}

function workspaces(parts: readonly PartView[]): string {
  const names = [...new Set(parts.map((part) => part.target["workspace"] ?? ""))]
  return names.length === 1 ? `workspace ${names[0]}` : `${names.length} workspaces`
}

function verbOf({ op }: PartView): Verb {
  if (op === "create") return "creates"
  if (op === "move") return "moves"
  return op === "delete" ? "deletes" : "updates"
}

function linesOf(verb: Verb, parts: readonly PartView[]): string {
  const added = parts.reduce((sum, part) => sum + part.added, 0)
  const removed = parts.reduce((sum, part) => sum + part.removed, 0)
  if (added + removed === 0) return ""
  if (verb === "creates") return `, ${counted(added, "line")}`
  if (verb === "deletes") return `, ${counted(removed, "line")}`

  const changes = [
    added > 0 ? `adds ${counted(added, "line")}` : "",
    removed > 0 ? `removes ${counted(removed, "line")}` : "",
  ]
  return `, ${changes.filter(Boolean).join(", ")}`
}

function modeEffect({ target, before, after }: PartView): string | undefined {
  if (after.state === "absent") return undefined
  const wasExecutable = before.state === "present" && before.mode === "100755"
  const isExecutable = after.mode === "100755"
  if (wasExecutable === isExecutable) return undefined

  return `makes ${quoted(target["path"] ?? "")} ${isExecutable ? "executable" : "no longer executable"}`
}

function digestOf(state: State): string | undefined {
  return state.state === "present" ? state.digest : undefined
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
