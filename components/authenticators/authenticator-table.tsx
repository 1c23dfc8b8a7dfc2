import { DataTable } from "@/components/ui/data-table"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { AuthenticatorView } from "@/lib/authenticators/authenticator.schema"
import { RemoveAuthenticator } from "./remove-authenticator"
import { RenameAuthenticator } from "./rename-authenticator"

type Props = Readonly<{ authenticators: readonly AuthenticatorView[]; email: string }>

/** One's own authenticators. The last one is not removed: whoever lost it asks for a recovery. */
export function AuthenticatorTable({ authenticators, email }: Props) {
  return (
    <DataTable
      label="Authenticators"
      rows={authenticators}
      keyOf={({ authenticatorId }) => authenticatorId}
      columns={[
        { head: "Name", cell: ({ name }) => <Visible text={name} /> },
        { head: "Added", cell: ({ createdAt }) => <Time at={createdAt} as="day" isFocusable /> },
        {
          head: "Last used",
          cell: ({ lastUsedAt }) => (lastUsedAt === null ? "never" : <Time at={lastUsedAt} as="age" />),
        },
        {
          head: "Action",
          align: "right",
          onPhone: "bare",
          cell: (authenticator) => (
            <span className="inline-flex flex-wrap justify-end gap-2">
              <RenameAuthenticator authenticator={authenticator} />
              {authenticators.length > 1 && (
                <RemoveAuthenticator authenticator={authenticator} email={email} />
              )}
            </span>
          ),
        },
      ]}
    />
  )
}
