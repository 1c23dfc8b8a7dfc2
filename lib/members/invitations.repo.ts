import type { Role } from "@/lib/access/permissions"
import { readUnbound } from "@/lib/db/unbound"
import type { Place } from "./member"
import type { MemberDb } from "./members.repo"

export type NewInvitation = Place &
  Readonly<{
    invitationId: string
    email: string
    role: Role
    tokenMac: Buffer
    invitedById: string
    hours: number
  }>

export type InvitationRow = Place &
  Readonly<{
    invitationId: string
    email: string
    role: Role
    invitedById: string
    createdAt: Date
    expiresAt: Date
  }>

/** What the page of an invitation says, but for the tenant's name. */
export type OpenInvitation = InvitationRow & Readonly<{ agencyName: string; invitedByName: string }>

export async function insertInvitation(db: MemberDb, given: NewInvitation): Promise<InvitationRow> {
  const { rows } = await db.sql<InvitationRow>`
    INSERT INTO invitation (invitation_id, agency_id, tenant_id, email, role, token_mac, invited_by_id, created_at, expires_at)
    SELECT ${given.invitationId}::text, ${given.agencyId}::text, ${given.tenantId}::text, ${given.email}::text,
      ${given.role}::text, ${given.tokenMac}::bytea, ${given.invitedById}::text, now,
      now + make_interval(hours => ${given.hours})
    FROM clock_timestamp() AS now
    RETURNING invitation_id AS "invitationId", agency_id AS "agencyId", tenant_id AS "tenantId", email, role,
      invited_by_id AS "invitedById", created_at AS "createdAt", expires_at AS "expiresAt"`
  const [row] = rows
  if (row === undefined) throw new Error("An invitation was not inserted.")

  return row
}

/** Takes back what is still open for an address in a place; gives the ids. */
export async function replaceInvitations(
  db: MemberDb,
  email: string,
  { agencyId, tenantId }: Place,
): Promise<readonly string[]> {
  const { rows } = await db.sql<{ invitationId: string }>`
    UPDATE invitation SET revoked_at = clock_timestamp()
    WHERE agency_id = ${agencyId} AND tenant_id IS NOT DISTINCT FROM ${tenantId} AND email = ${email}
      AND accepted_at IS NULL AND revoked_at IS NULL
    RETURNING invitation_id AS "invitationId"`

  return rows.map(({ invitationId }) => invitationId)
}

/** Where an invitation leads that was neither accepted nor revoked, or null. */
export async function findInvitation(invitationId: string): Promise<InvitationRow | null> {
  const { rows } = await readUnbound<InvitationRow>(
    `SELECT invitation_id AS "invitationId", agency_id AS "agencyId", tenant_id AS "tenantId", email, role,
       invited_by_id AS "invitedById", created_at AS "createdAt", expires_at AS "expiresAt"
     FROM invitation WHERE invitation_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL`,
    [invitationId],
  )

  return rows[0] ?? null
}

/** Takes one back; false when it was accepted or taken back a moment ago. */
export async function revokeInvitation(db: MemberDb, invitationId: string): Promise<boolean> {
  const { rowCount } = await db.sql`
    UPDATE invitation SET revoked_at = clock_timestamp()
    WHERE invitation_id = ${invitationId} AND accepted_at IS NULL AND revoked_at IS NULL`

  return rowCount === 1
}

/** The invitation that a link's digest opens now, or null. */
export async function findOpenInvitation(tokenMac: Buffer): Promise<OpenInvitation | null> {
  const { rows } = await readUnbound<OpenInvitation>(
    `SELECT i.invitation_id AS "invitationId", i.agency_id AS "agencyId", i.tenant_id AS "tenantId", i.email, i.role,
       i.invited_by_id AS "invitedById", i.created_at AS "createdAt", i.expires_at AS "expiresAt",
       a.name AS "agencyName", p.name AS "invitedByName"
     FROM invitation i JOIN agency a USING (agency_id) JOIN person p ON p.person_id = i.invited_by_id
     WHERE i.token_mac = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL
       AND i.expires_at > clock_timestamp()`,
    [tokenMac],
  )

  return rows[0] ?? null
}

/** Uses an invitation up; false when somebody was faster or its time is over. */
export async function spendInvitation(db: MemberDb, invitationId: string): Promise<boolean> {
  const { rowCount } = await db.sql`
    UPDATE invitation SET accepted_at = clock_timestamp()
    WHERE invitation_id = ${invitationId} AND accepted_at IS NULL AND revoked_at IS NULL
      AND expires_at > clock_timestamp()`

  return rowCount === 1
}
