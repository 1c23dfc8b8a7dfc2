import type { JsonObject } from "./canonical.ts"
import { assertDigestText, assertFields, assertList, assertText, assertVisible } from "./content-members.ts"
import { ChangeError } from "./change-error.ts"

export type RecipientRole = "to" | "cc" | "bcc"
export type Recipient = { role: RecipientRole; address: string }
/** What is attached is bound by its digest; only its name and size are on the page. */
export type Attachment = { name: string; bytes: number; digest: string }

/** A message exactly as it would be sent. */
export type MessageContent = {
  from: string
  replyTo: string | null
  recipients: Recipient[]
  subject: string | null
  body: string
  attachments: Attachment[]
}

/** Something that would be sent through a channel: nothing is there before. */
export type MessagePart = { kind: "message"; target: { channel: string }; after: MessageContent }

/**
 * Checks what would be sent. What ends up in a header has no control or format
 * characters: a line break there would be another header.
 *
 * @throws ChangeError `invalid_content` with a JSON Pointer
 */
export function assertMessage(content: unknown): asserts content is MessageContent & JsonObject {
  assertFields(content, "", ["from", "replyTo", "recipients", "subject", "body", "attachments"])
  assertVisible(content.from, "/from")
  if (content.replyTo !== null) assertVisible(content.replyTo, "/replyTo")
  if (content.subject !== null) assertSubject(content.subject)
  assertText(content.body, "/body")
  assertRecipients(content.recipients)
  assertList(content.attachments, "/attachments").forEach(assertAttachment)
}

function assertSubject(subject: unknown): void {
  assertText(subject, "/subject")
  if (/\p{Cc}/u.test(subject)) {
    throw new ChangeError("invalid_content", "A subject has no control characters.", "/subject")
  }
}

function assertRecipients(recipients: unknown): void {
  const list = assertList(recipients, "/recipients")
  if (list.length === 0) {
    throw new ChangeError("invalid_content", "A message has at least one recipient.", "/recipients")
  }

  const taken = new Set<string>()
  for (const [index, recipient] of list.entries()) {
    const where = `/recipients/${index}`
    assertFields(recipient, where, ["role", "address"])
    const { role, address } = recipient
    if (role !== "to" && role !== "cc" && role !== "bcc") {
      throw new ChangeError("invalid_content", "A role is to, cc or bcc.", `${where}/role`)
    }
    assertVisible(address, `${where}/address`)
    if (taken.has(address)) {
      throw new ChangeError("invalid_content", "This recipient is already named.", `${where}/address`)
    }
    taken.add(address)
  }
}

function assertAttachment(attachment: unknown, index: number): void {
  const where = `/attachments/${index}`
  assertFields(attachment, where, ["name", "bytes", "digest"])
  assertVisible(attachment.name, `${where}/name`)
  if (!Number.isSafeInteger(attachment.bytes) || Number(attachment.bytes) < 0) {
    throw new ChangeError("invalid_content", "bytes is an integer from 0 to 2^53-1.", `${where}/bytes`)
  }
  assertDigestText(attachment.digest, `${where}/digest`)
}
