import type { PartDiff } from "@/lib/changes/change"
import type { Block } from "./block"
import { fact } from "./fact"
import type { Fact } from "./field-model"

type Message = Extract<PartDiff, { type: "message" }>["preview"]
type Recipients = Message["recipients"]

/** A message as people check it: who gets it and where they are, who it is from, and every word of it. */
export function messageBlocks(message: Message): Block[] {
  const { recipients, body, attachments } = message

  return [
    { title: recipientWords(recipients), fields: domainFacts(recipients) },
    { title: "To whom", fields: recipients.map(recipientFact) },
    { title: "From whom, and about what", fields: envelopeFacts(message) },
    { title: body === "" ? "Body: empty" : "Body", lines: body.split("\n") },
    {
      title: "Attachments, known by their digest only: they cannot be inspected",
      fields: attachments.map(({ name, bytes, digest }) =>
        fact(name, `${bytes.toLocaleString("en-US")} bytes, sha256 ${digest}`),
      ),
    },
  ]
}

/** `12 recipients at 3 domains, 2 of them for the first time`. */
function recipientWords(recipients: Recipients): string {
  const domains = new Set(recipients.flatMap(({ domain }) => domain ?? [])).size
  const at = domains === 0 ? "" : ` at ${counted(domains, "domain")}`
  return `${counted(recipients.length, "recipient")}${at}, ${firstWords(recipients)}`
}

function firstWords(recipients: Recipients): string {
  if (recipients.some(({ isFirst }) => isFirst === null)) return "first contacts are not known here"
  const firsts = recipients.filter(({ isFirst }) => isFirst === true).length
  if (firsts === 0) return "none for the first time"
  return firsts === recipients.length ? "all for the first time" : `${firsts} for the first time`
}

/** One row for each domain, those with the most recipients first. */
function domainFacts(recipients: Recipients): Fact[] {
  const groups = new Map<string, Recipients[number][]>()
  for (const recipient of recipients) {
    const name = recipient.domain ?? "no domain"
    groups.set(name, [...(groups.get(name) ?? []), recipient])
  }

  return [...groups]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([name, inside]) => {
      const imitated = inside.find(({ imitates }) => imitates !== null)?.imitates
      const flags = typeof imitated === "string" ? [`looks like ${imitated}`] : []
      const firsts = inside.filter(({ isFirst }) => isFirst === true).length
      const first = firsts === 0 ? "" : `, ${firsts} for the first time`
      return fact(name, `${counted(inside.length, "recipient")}${first}`, { flags })
    })
}

function recipientFact({ role, address, isFirst, imitates }: Recipients[number]): Fact {
  const flags = [
    ...(isFirst === true ? ["first contact"] : []),
    ...(imitates === null ? [] : [`looks like ${imitates}`]),
  ]
  return fact(role, address, { flags })
}

function envelopeFacts({ from, replyTo, subject }: Message): Fact[] {
  const isElsewhere = replyTo !== null && domainOf(replyTo) !== domainOf(from)

  return [
    fact("from", from),
    replyTo === null
      ? fact("reply to", null, { note: "the sender" })
      : fact("reply to", replyTo, isElsewhere ? { flags: ["another domain than the sender's"] } : {}),
    fact("subject", subject, { note: "none" }),
  ]
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase()
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`
}
