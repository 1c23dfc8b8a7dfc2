import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { SMTPServer } from "smtp-server"
import { askingFor } from "../agent/asking.ts"
import type { Task } from "../agent/work.ts"

/** A mail server for the demo: what arrives is told, kept nowhere and passed on to nobody. */
export type MailServer = Readonly<{ url: string; stop: () => Promise<void> }>

/** @param onMail hears who gets each message that arrives */
export async function startMailServer(onMail: (recipients: readonly string[]) => void): Promise<MailServer> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    onData: (stream, { envelope }, done) => {
      void text(stream).then(() => {
        onMail(envelope.rcptTo.map(({ address }) => address))
        done()
      })
    },
  })
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready))
  const { port } = server.server.address() as AddressInfo

  return {
    url: `smtp://127.0.0.1:${port}`,
    stop: async () => {
      await new Promise<void>((done) => {
        server.close(() => {
          done()
        })
      })
    },
  }
}

const offer = {
  subject: "Your offer for twelve kayaks",
  body: `Good day,

twelve touring kayaks, delivered in March: 9,480 in all. The offer stands until the end of January.

Corvid Outdoor
`,
}

/** Corvid Outdoor's ticket 4413: one offer, first with an address that looks like the customer's and is not. */
export const mailTasks: readonly Task[] = [
  {
    title: "Send the offer, with a copy to an address from the customer's last message",
    run: async (agent, onWaiting) =>
      await agent.call(
        "send_email",
        { ...offer, to: ["jo@harbour-hotel.example"], cc: ["jo@harbour-hotels.example"] },
        askingFor("Ticket 4413: the customer asked for a copy to her second address.", onWaiting),
      ),
  },
  {
    title: "Send the offer to the customer alone",
    run: async (agent, onWaiting) =>
      await agent.call(
        "send_email",
        { ...offer, to: ["jo@harbour-hotel.example"] },
        askingFor("Ticket 4413: the offer that Corvid Outdoor agreed on with Jo by telephone.", onWaiting),
      ),
  },
]
