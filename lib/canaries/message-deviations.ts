import type { JsonValue, MessagePart, Recipient } from "@deltaseal/guard/change"
import type { Deviation } from "./deviation"
import { drawOne } from "./draw"
import { foreignHosts, foreignSentence } from "./foreign-lines"
import { onlyPlaceOf, replacedAt, type Leaf } from "./json-leaves"

type Source = Readonly<{ input: JsonValue; part: MessagePart }>

/** A message that goes to somebody else too, or asks its readers for what it should not. */
export function messageDeviations(source: Source, seed: string): readonly Deviation[] {
  const said = JSON.stringify(source.part.after)
  const host = drawOne(
    seed,
    "host",
    foreignHosts.filter((known) => !said.includes(known)),
  )
  if (host === undefined) return []

  return [withRecipient(source, host), withSentence(source, host)].filter((found) => found !== null)
}

const roles = ["bcc", "cc", "to"] as const

/** One more in the list of those who are hardest to see. */
function withRecipient({ input, part }: Source, host: string): Deviation | null {
  const { recipients } = part.after
  for (const role of roles) {
    const named = recipients.filter((recipient) => recipient.role === role).map(({ address }) => address)
    const place = named.length === 0 ? null : placeOfList(input, named)
    if (place === null) continue
    const address = `archive@${host}`
    const last = recipients.findLastIndex((recipient) => recipient.role === role)
    const more: Recipient[] = recipients.toSpliced(last + 1, 0, { role, address })

    return {
      code: "foreign_address",
      words: `It also goes to ${address}, an address outside the client’s.`,
      input: replacedAt(input, place, [...named, address]),
      part: { ...part, after: { ...part.after, recipients: more } },
    }
  }

  return null
}

function withSentence({ input, part }: Source, host: string): Deviation | null {
  const { body } = part.after
  const place = body === "" ? null : onlyPlaceOf(input, body)
  if (place === null) return null
  const { line, words } = foreignSentence(host)
  const next = body.endsWith("\n") ? `${body}\n${line}\n` : `${body}\n\n${line}`

  return {
    code: "foreign_line",
    words,
    input: replacedAt(input, place, next),
    part: { ...part, after: { ...part.after, body: next } },
  }
}

/** Where a list of exactly these texts stands, once. */
function placeOfList(value: JsonValue, texts: readonly string[]): Leaf["path"] | null {
  const [only, ...others] = placesOfList(value, texts)
  return only === undefined || others.length > 0 ? null : only
}

function placesOfList(value: JsonValue, texts: readonly string[], path: Leaf["path"] = []): Leaf["path"][] {
  if (Array.isArray(value)) {
    const isSame = value.length === texts.length && value.every((member, index) => member === texts[index])
    return isSame ? [path] : value.flatMap((member, index) => placesOfList(member, texts, [...path, index]))
  }
  if (typeof value !== "object" || value === null) return []

  return Object.entries(value).flatMap(([name, member]) => placesOfList(member, texts, [...path, name]))
}
