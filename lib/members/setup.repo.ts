import { hotJson } from "@/lib/db/hot-call"
import { readUnbound, writeUnbound } from "@/lib/db/unbound"
import type { ErrorCode } from "@/lib/errors/app-error"
import { newSalts } from "@/lib/operations/new-id"

export type Founding = Readonly<{
  tokenMac: Buffer
  agencyId: string
  agencyName: string
  tenantId: string
  clientName: string
  personId: string
  name: string
  email: string
  passwordHash: string
  membershipId: string
  eventIds: readonly [string, string]
}>

/** Agency, tenant and owner with their leaves, or none of them: one statement. Gives the code of what stood in the way. */
export async function foundInstallation(founding: Founding): Promise<ErrorCode | null> {
  const answer = await hotJson<{ code: ErrorCode | null }>(
    "found_installation",
    [
      founding.tokenMac,
      founding.agencyId,
      founding.agencyName,
      founding.tenantId,
      founding.clientName,
      founding.personId,
      founding.name,
      founding.email,
      founding.passwordHash,
      founding.membershipId,
      founding.eventIds,
      newSalts(1),
    ],
    "write",
  )

  return answer === null ? "internal" : answer.code
}

/** Whether anybody was ever an owner here. */
export async function isFounded(): Promise<boolean> {
  const { rows } = await readUnbound<{ founded: boolean }>(
    "SELECT EXISTS (SELECT FROM membership) OR EXISTS (SELECT FROM installation) AS founded",
  )

  return rows[0]?.founded !== false
}

export async function insertSetupLink(tokenMac: Buffer, minutes: number): Promise<void> {
  await writeUnbound(
    `INSERT INTO setup_link (token_mac, created_at, expires_at)
     SELECT $1, now, now + make_interval(mins => $2) FROM clock_timestamp() AS now`,
    [tokenMac, minutes],
  )
}

export async function hasSetupLink(tokenMac: Buffer): Promise<boolean> {
  const { rowCount } = await readUnbound(
    "SELECT 1 FROM setup_link WHERE token_mac = $1 AND used_at IS NULL AND expires_at > clock_timestamp()",
    [tokenMac],
  )

  return rowCount === 1
}
