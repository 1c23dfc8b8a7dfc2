import type { CommandContent, JsonValue } from "@deltaseal/guard/change"
import type { DescribedPart } from "./change"
import { listed } from "./describe-records"
import { counted, formatted, quoted, shortened } from "./describe-words"
import type { MessageView } from "./message-diff"

/** Messages, commands and calls in phrases: `sends 1 message to 12 recipients by email`, `runs git push in ci`. */
export function actionPhrases(parts: readonly DescribedPart[]): string[] {
  return parts.flatMap(({ diff, target }) => {
    if (diff.type === "message") {
      const { recipients } = diff.preview
      const [only, ...others] = recipients
      const to =
        only && others.length === 0
          ? quoted(shortened(only.address))
          : counted(recipients.length, "recipient")
      return [`sends a message to ${to} by ${quoted(target["channel"] ?? "")}`]
    }
    if (diff.type === "command")
      return [`runs ${commandWords(diff.preview)} on ${quoted(target["runner"] ?? "")}`]
    return diff.type === "call" ? [`calls ${target["name"] ?? ""} on ${target["server"] ?? ""}`] : []
  })
}

/** What they do, with numbers: `reaches 12 recipients, 3 for the first time`. */
export function actionEffects(parts: readonly DescribedPart[]): string[] {
  return parts.flatMap(({ diff, target }) => {
    if (diff.type === "message") return messageEffects(diff.preview, target["channel"] ?? "")
    if (diff.type === "command") return commandEffects(diff.preview)
    return diff.type === "call" ? [callEffect(diff.preview)] : []
  })
}

/** The program and its first argument; the rest is counted, and all of it is in the diff. */
function commandWords({ argv }: CommandContent): string {
  const named = argv.slice(0, 2).map((argument) => quoted(shortened(argument)))
  const rest = argv.length - named.length
  return `${named.join(" ")}${rest > 0 ? ` and ${counted(rest, "more argument")}` : ""}`
}

function messageEffects({ recipients, attachments, replyTo }: MessageView, channel: string): string[] {
  const verb = channel === "email" ? "emails" : "reaches"
  const firsts = recipients.filter(({ isFirst }) => isFirst === true).length
  const isKnown = recipients.every(({ isFirst }) => isFirst !== null)
  const domains = [...new Set(recipients.flatMap(({ domain }) => domain ?? []))]
  const bytes = attachments.reduce((sum, attachment) => sum + attachment.bytes, 0)
  const imitating = recipients.filter(({ imitates }) => imitates !== null)

  return [
    `${verb} ${counted(recipients.length, "recipient")}${isKnown ? `, ${formatted(firsts)} for the first time` : ""}`,
    ...(domains.length > 0
      ? [`reaches ${counted(domains.length, "domain")}: ${listed(domains.map(quoted))}`]
      : []),
    ...imitating.slice(0, 8).map(({ domain, imitates }) => {
      return `${quoted(domain ?? "")} looks like ${quoted(imitates ?? "")}`
    }),
    ...(replyTo === null ? [] : [`takes replies at ${quoted(shortened(replyTo))}`]),
    ...(attachments.length > 0
      ? [`attaches ${counted(attachments.length, "file")}, ${formatted(bytes)} bytes`]
      : []),
  ]
}

function commandEffects({ argv, cwd, env, image, stdinDigest }: CommandContent): string[] {
  return [
    `runs 1 command with ${counted(argv.length - 1, "argument")} in ${quoted(shortened(cwd))}`,
    ...(image === null ? [] : [`runs in image ${quoted(shortened(image))}`]),
    ...(env.length > 0
      ? [`sets ${counted(env.length, "variable")}: ${listed(env.map(({ name }) => quoted(shortened(name))))}`]
      : []),
    ...(stdinDigest === null ? [] : ["feeds an input that is known by its digest only"]),
  ]
}

function callEffect(input: JsonValue): string {
  const names = typeof input === "object" && input !== null && !Array.isArray(input) ? Object.keys(input) : []
  if (names.length === 0) return "passes its input"
  return `passes ${counted(names.length, "value")}: ${listed(names.sort().map((name) => quoted(shortened(name))))}`
}
