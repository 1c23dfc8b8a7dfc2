import { z } from "zod"
import { roles } from "./member"
import type { MemberRow } from "./members.repo"

const Time = z.iso.datetime()

export const RoleName = z.enum(roles)

const Person = z.strictObject({ personId: z.string(), name: z.string(), email: z.string() })

/** A person's role in a whole agency (`tenantId` null) or in one tenant. */
export const MemberView = z.strictObject({
  membershipId: z.string(),
  agencyId: z.string(),
  tenantId: z.string().nullable(),
  person: Person,
  role: RoleName,
  createdAt: Time,
  endedAt: Time.nullable(),
})
export type MemberView = z.infer<typeof MemberView>

export const MemberList = z.strictObject({ items: z.array(MemberView), nextCursor: z.string().nullable() })
export type MemberList = z.infer<typeof MemberList>

export const ChangeMemberBody = z.strictObject({ role: RoleName })

export function toMemberView(row: MemberRow): MemberView {
  const { membershipId, agencyId, tenantId, personId, name, email, role, createdAt, endedAt } = row

  return {
    membershipId,
    agencyId,
    tenantId,
    person: { personId, name, email },
    role,
    createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  }
}
