import type { ChangePart } from "@deltaseal/guard/change"
import { normalAddress } from "@/lib/changes/mail-address"
import { findKnownRecipients } from "./calls.repo"
import { recipientMac } from "./recipient-mac"

/**
 * Which of a change's recipients the tenant has sent to before: asked for when
 * the first message needs it, once for all of them.
 */
export function recipientHistory(
  tenantId: string,
  parts: readonly ChangePart[],
): (addresses: readonly string[]) => Promise<ReadonlySet<string>> {
  let known: Promise<ReadonlySet<string>> | undefined

  return () => {
    known ??= findKnown(tenantId, recipientsOf(parts))
    return known
  }
}

function recipientsOf(parts: readonly ChangePart[]): string[] {
  const messages = parts.filter((part) => part.kind === "message")
  const addresses = messages.flatMap(({ after }) => after.recipients.map(({ address }) => address))

  return [...new Set(addresses.map(normalAddress))]
}

async function findKnown(tenantId: string, addresses: readonly string[]): Promise<ReadonlySet<string>> {
  const byMac = new Map(
    addresses.map((address) => [recipientMac(tenantId, address).toString("hex"), address]),
  )
  const macs = await findKnownRecipients(
    tenantId,
    [...byMac.keys()].map((mac) => Buffer.from(mac, "hex")),
  )

  return new Set(macs.flatMap((mac) => byMac.get(mac.toString("hex")) ?? []))
}
