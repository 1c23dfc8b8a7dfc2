import { z } from "zod"
import { IdText } from "@/lib/kernel/id.schema"
import { EmailText, NameText } from "@/lib/kernel/name.schema"
import type { InvitationRow } from "./invitations.repo"
import { RoleName } from "./member.schema"
import { LinkTokenText, PasswordText } from "./setup.schema"

const Time = z.iso.datetime()

export const InvitationView = z.strictObject({
  invitationId: z.string(),
  agencyId: z.string(),
  tenantId: z.string().nullable(),
  email: z.string(),
  role: RoleName,
  status: z.enum(["pending", "expired", "revoked"]),
  invitedBy: z.strictObject({ personId: z.string(), name: z.string().nullable() }),
  createdAt: Time,
  expiresAt: Time,
})
export type InvitationView = z.infer<typeof InvitationView>

export const InvitationList = z.strictObject({
  items: z.array(InvitationView),
  nextCursor: z.string().nullable(),
})
export type InvitationList = z.infer<typeof InvitationList>

/** Without `tenantId` the invitation is to the whole agency; `agencyId` may be left out by who has one. */
export const InviteBody = z.strictObject({
  email: EmailText,
  role: RoleName,
  tenantId: IdText.nullable().optional(),
  agencyId: IdText.optional(),
})
export type InviteBody = z.infer<typeof InviteBody>

/** The link is shown this once: only a digest of its token is kept. */
export const Invited = z.strictObject({ invitation: InvitationView, link: z.string() })
export type Invited = z.infer<typeof Invited>

/** Who is new gives a name and a password; who is known is signed in and gives neither. */
export const AcceptBody = z.strictObject({
  token: LinkTokenText,
  name: NameText.optional(),
  password: PasswordText.optional(),
})
export type AcceptBody = z.infer<typeof AcceptBody>

export const Accepted = z.strictObject({
  membershipId: z.string(),
  agencyId: z.string(),
  tenantId: z.string().nullable(),
  personId: z.string(),
  role: RoleName,
})
export type Accepted = z.infer<typeof Accepted>

export function toInvitationView(
  row: InvitationRow & Readonly<{ invitedByName?: string }>,
  status: InvitationView["status"],
): InvitationView {
  const { invitationId, agencyId, tenantId, email, role, invitedById, createdAt, expiresAt } = row

  return {
    invitationId,
    agencyId,
    tenantId,
    email,
    role,
    status,
    invitedBy: { personId: invitedById, name: row.invitedByName ?? null },
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  }
}
