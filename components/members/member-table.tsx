import { DataTable } from "@/components/ui/data-table"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { MemberView } from "@/lib/members/member.schema"
import { roleWords } from "./role-words"

type Props = Readonly<{
  label: string
  members: readonly MemberView[]
  /** What a place is called: a client's name, or the agency's. */
  placeOf: (member: MemberView) => string
  /** Who is looking. */
  personId: string
}>

/** Members, each a link to what can be done about them. */
export function MemberTable({ label, members, placeOf, personId }: Props) {
  return (
    <DataTable
      label={label}
      rows={members}
      keyOf={({ membershipId }) => membershipId}
      hrefOf={({ membershipId }) => `/members/${membershipId}`}
      columns={[
        {
          head: "Name",
          cell: ({ person }) => (
            <>
              <Visible text={person.name} />
              {person.personId === personId && <span className="font-normal text-faint"> (you)</span>}
            </>
          ),
        },
        { head: "E-mail", cell: ({ person }) => <Visible text={person.email} />, onPhone: "bare" },
        { head: "Role", cell: ({ role }) => roleWords[role].title },
        { head: "In", cell: (member) => <Visible text={placeOf(member)} /> },
        { head: "Since", cell: ({ createdAt }) => <Time at={createdAt} as="day" />, align: "right" },
      ]}
    />
  )
}
