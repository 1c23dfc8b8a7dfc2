import type { MessageContent, RecipientRole } from "@deltaseal/guard/change"
import { addsLookAlike, isConfusable, isOddHost } from "@/lib/kernel/confusables"
import { lookAlikes } from "@/lib/kernel/look-alikes"
import { addsSecret } from "@/lib/kernel/secret-shapes"
import { countHidden } from "@/lib/kernel/text"
import { inOrder, largeChangeLines, type PartFlag } from "./flags"
import { addressDomain, normalAddress } from "./mail-address"
import { hasLongLine } from "./text-flags"

/** A recipient as people check it. `isFirst`: nothing was sent there before; null = the history is not known. */
export type RecipientView = Readonly<{
  role: RecipientRole
  address: string
  domain: string | null
  isFirst: boolean | null
  /** The known domain that this one looks like. */
  imitates: string | null
}>

/** A message as people read it; every word of it is here. */
export type MessageView = Readonly<{
  from: string
  replyTo: string | null
  recipients: readonly RecipientView[]
  subject: string | null
  body: string
  attachments: readonly Readonly<{ name: string; bytes: number; digest: string }>[]
}>

/** `added`: lines of the body. */
export type MessageDiff = Readonly<{
  preview: MessageView
  added: number
  removed: 0
  hiddenCharacters: number
  flags: readonly PartFlag[]
}>

/**
 * A message with what gives reason to look twice at it.
 *
 * @param known normalized addresses this tenant has sent to before; null = not known
 */
export function diffMessage(message: MessageContent, known: ReadonlySet<string> | null): MessageDiff {
  const recipients = recipientsOf(message, known)
  const names = [message.from, message.replyTo ?? "", ...recipients.map(({ address }) => address)]
  const files = message.attachments.map(({ name }) => name)
  const texts = [...names, ...files, message.subject ?? "", message.body]
  const hiddenCharacters = texts.reduce((sum, text) => sum + countHidden(text), 0)
  const lines = message.body.split("\n")
  const words = `${message.subject ?? ""}\n${message.body}`

  const flags = new Set<PartFlag>()
  if (message.attachments.length > 0) flags.add("uninspectable")
  if (addsSecret("", words)) flags.add("secret_added")
  if (hiddenCharacters > 0) flags.add("hidden_characters")
  if (names.some(isOddHost) || files.some(isConfusable) || addsLookAlike("", words)) flags.add("confusable")
  if (recipients.some(({ imitates }) => imitates !== null)) flags.add("look_alike_domain")
  if (repliesElsewhere(message)) flags.add("replies_elsewhere")
  if (hasLongLine(words)) flags.add("long_lines")
  if (lines.length > largeChangeLines) flags.add("large_change")

  return {
    preview: { ...message, recipients },
    added: message.body === "" ? 0 : lines.length,
    removed: 0,
    hiddenCharacters,
    flags: inOrder(flags),
  }
}

function recipientsOf(message: MessageContent, known: ReadonlySet<string> | null): RecipientView[] {
  const sender = addressDomain(message.from)
  const trusted = new Set([...(known ?? [])].flatMap((address) => addressDomain(address) ?? []))
  if (sender !== null) trusted.add(sender)
  const imitated = lookAlikes(trusted)

  return message.recipients.map(({ role, address }) => {
    const domain = addressDomain(address)
    const imitates = domain === null ? null : (imitated(domain) ?? null)
    return {
      role,
      address,
      domain,
      isFirst: known === null ? null : !known.has(normalAddress(address)),
      imitates,
    }
  })
}

function repliesElsewhere({ from, replyTo }: MessageContent): boolean {
  return replyTo !== null && addressDomain(replyTo) !== addressDomain(from)
}
