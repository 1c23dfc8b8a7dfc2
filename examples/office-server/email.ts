import { UncertainError, type Receipt } from "@deltaseal/guard"
import type { MessageContent, Recipient } from "@deltaseal/guard/change"
import { createTransport } from "nodemailer"
import { z } from "zod"
import { OfficeError } from "./office-error.ts"
import { isLoopback } from "./settings.ts"

export type EmailInput = Readonly<{
  to: readonly string[]
  cc?: readonly string[]
  bcc?: readonly string[]
  replyTo?: string
  subject: string
  body: string
}>

/** Sends exactly one message, to exactly its recipients. */
export type Mailer = (message: MessageContent, id: string) => Promise<Receipt>

/** @throws OfficeError for what is not one plain address: a list in one string would be several */
export function messageOf(input: EmailInput, from: string): MessageContent {
  const recipients = (["to", "cc", "bcc"] as const).flatMap((role) =>
    (input[role] ?? []).map((address): Recipient => ({ role, address: checked(address) })),
  )
  const replyTo = input.replyTo === undefined ? null : checked(input.replyTo)
  return { from, replyTo, recipients, subject: input.subject, body: input.body, attachments: [] }
}

export function openMailer(smtpUrl: string): Mailer {
  const transport = createTransport({
    url: smtpUrl,
    // Beyond this machine nothing travels in the clear.
    requireTLS: !isLoopback(new URL(smtpUrl)),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  })

  return async (message, id) => {
    const mail = { ...mailOf(message), messageId: `<${id}@${domainOf(message.from)}>` }
    const sent = await transport.sendMail(mail).catch(explain)
    const refused = sent.rejected.map(addressOf)
    return {
      type: "message",
      id: sent.messageId,
      accepted: String(sent.accepted.length),
      ...(refused.length === 0 ? {} : { refused: refused.join(", ") }),
      response: sent.response.slice(0, 500),
    }
  }
}

function mailOf({ from, replyTo, recipients, subject, body }: MessageContent) {
  const named = (wanted: Recipient["role"]) =>
    recipients.filter(({ role }) => role === wanted).map(({ address }) => ({ name: "", address }))
  return {
    from: { name: "", address: from },
    to: named("to"),
    cc: named("cc"),
    ...(replyTo === null ? {} : { replyTo: { name: "", address: replyTo } }),
    ...(subject === null ? {} : { subject }),
    text: body,
    // The envelope decides who gets it: no header is read for that, and no blind copy is in one.
    envelope: { from, to: recipients.map(({ address }) => address) },
  }
}

/** Until the message itself was handed over, nothing was sent. After that only the other side knows. */
function explain(error: unknown): never {
  const { code, command, responseCode } = Fault.parse(error)
  const isBefore = command !== undefined && !["DATA", "."].includes(command)
  if (isBefore || responseCode !== undefined || neverConnected.has(code ?? "")) {
    throw new OfficeError(`The mail server did not take the message (${code ?? "refused"}).`)
  }
  throw new UncertainError("The mail server was silent after it was given the message.")
}

const neverConnected: ReadonlySet<string> = new Set(["EDNS", "ECONNECTION", "EAUTH", "ETLS", "EENVELOPE"])
const Fault = z.object({
  code: z.string().optional().catch(undefined),
  command: z.string().optional().catch(undefined),
  responseCode: z.number().optional().catch(undefined),
})

function checked(address: string): string {
  if (z.email().safeParse(address).success) return address
  throw new OfficeError(`${JSON.stringify(address)} is not one plain e-mail address.`)
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1)
}

function addressOf(given: string | Readonly<{ address: string }>): string {
  return typeof given === "string" ? given : given.address
}
