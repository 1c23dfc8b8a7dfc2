import type { State } from "@deltaseal/guard/change"
import { visibleString } from "@/lib/kernel/text"
import type { PartView } from "./change"
import { describeFlag } from "./flags"

type Tool = Readonly<{ server: string; name: string }>
type Verb = "creates" | "updates" | "deletes"

const verbs: readonly Verb[] = ["creates", "updates", "deletes"]

/**
 * The change in one sentence, made from its parts alone: `Updates
 * docs/pricing.md in workspace main`, `Creates 2 files and deletes 1 in
 * workspace main`. Nothing the agent said is in it.
 */
export function describeChange(tool: Tool, parts: readonly PartView[]): string {
  const [only, ...others] = parts
  if (only === undefined) return `Calls ${tool.name} on ${tool.server}`

  const what = others.length === 0 ? describePart(only) : describeCounts(parts)
  return capitalized(`${what} in ${workspaces(parts)}`)
}

/** What would happen, with numbers, from the change and never from the agent: `deletes 1 file, 340 lines`. */
export function effectsOf(parts: readonly PartView[]): string[] {
  const byVerb = verbs.flatMap((verb) => {
    const those = parts.filter((part) => verbOf(part) === verb)
    return those.length === 0 ? [] : [`${verb} ${files(those.length)}${linesOf(verb, those)}`]
  })

  const modes = parts.flatMap((part) => modeEffect(part) ?? [])
  const hidden = parts.reduce((sum, part) => sum + part.hiddenCharacters, 0)
  const sealed = parts.filter((part) => part.flags.includes("uninspectable")).length
  return [
    ...byVerb,
    ...modes,
    ...(hidden > 0 ? [`shows ${describeFlag("hidden_characters", hidden)}`] : []),
    ...(sealed > 0 ? [`has ${files(sealed)} that cannot be inspected`] : []),
  ]
}

function describePart(part: PartView): string {
  const path = describePath(part.target["path"] ?? "")
  const isOnlyMode = part.op === "update" && digestOf(part.before) === digestOf(part.after)
  return (isOnlyMode ? modeEffect(part) : undefined) ?? `${verbOf(part)} ${path}`
}

/** `creates 2 files and deletes 1`: the noun stands once. */
function describeCounts(parts: readonly PartView[]): string {
  const counts = verbs
    .map((verb) => ({ verb, count: parts.filter((part) => verbOf(part) === verb).length }))
    .filter(({ count }) => count > 0)
  const phrases = counts.map(({ verb, count }, at) => `${verb} ${at === 0 ? files(count) : formatted(count)}`)

  return phrases.length === 3 ? `${phrases[0]}, ${phrases[1]} and ${phrases[2]}` : phrases.join(" and ")
}

function workspaces(parts: readonly PartView[]): string {
  const names = [...new Set(parts.map((part) => part.target["workspace"] ?? ""))]
  return names.length === 1 ? `workspace ${names[0]}` : `${names.length} workspaces`
}

function verbOf({ op }: PartView): Verb {
  if (op === "create") return "creates"
  return op === "delete" ? "deletes" : "updates"
}

function linesOf(verb: Verb, parts: readonly PartView[]): string {
  const added = parts.reduce((sum, part) => sum + part.added, 0)
  const removed = parts.reduce((sum, part) => sum + part.removed, 0)
  if (added + removed === 0) return ""
  if (verb === "creates") return `, ${lines(added)}`
  if (verb === "deletes") return `, ${lines(removed)}`

  const changes = [added > 0 ? `adds ${lines(added)}` : "", removed > 0 ? `removes ${lines(removed)}` : ""]
  return `, ${changes.filter(Boolean).join(", ")}`
}

function modeEffect({ target, before, after }: PartView): string | undefined {
  if (after.state === "absent") return undefined
  const wasExecutable = before.state === "present" && before.mode === "100755"
  const isExecutable = after.mode === "100755"
  if (wasExecutable === isExecutable) return undefined

  return `makes ${describePath(target["path"] ?? "")} ${isExecutable ? "executable" : "no longer executable"}`
}

/** Quoted as soon as it could be taken for words of ours; hidden characters are written out. A path has no `\\`. */
function describePath(path: string): string {
  const visible = visibleString(path)
  const isPlain = visible === path && /^[\p{L}\p{N}._/@+-]+$/u.test(path)
  return isPlain ? path : `"${visible.replaceAll('"', '\\"')}"`
}

function digestOf(state: State): string | undefined {
  return state.state === "present" ? state.digest : undefined
}

function files(count: number): string {
  return count === 1 ? "1 file" : `${formatted(count)} files`
}

function lines(count: number): string {
  return count === 1 ? "1 line" : `${formatted(count)} lines`
}

function formatted(count: number): string {
  return count.toLocaleString("en-US")
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
