import { Badge } from "@/components/ui/badge"
import { DataTable } from "@/components/ui/data-table"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { KeyView } from "@/lib/keys/key.schema"
import { statusWords } from "./key-words"

type Props = Readonly<{ keys: readonly KeyView[]; tenantNames: ReadonlyMap<string, string> }>

/** Keys, newest first: what each may do, where, and until when. */
export function KeyTable({ keys, tenantNames }: Props) {
  return (
    <DataTable
      label="Keys"
      rows={keys}
      keyOf={({ keyId }) => keyId}
      hrefOf={({ tenantId, keyId }) => `/keys/${tenantId}/${keyId}`}
      columns={[
        { head: "Name", cell: ({ name }) => <Visible text={name} /> },
        { head: "State", cell: ({ status }) => <Badge {...statusWords[status]} />, onPhone: "bare" },
        { head: "Client", cell: ({ tenantId }) => tenantNames.get(tenantId), onPhone: "bare" },
        {
          head: "Key",
          cell: ({ prefix }) => <span className="font-mono text-xs">{prefix}…</span>,
          onPhone: "bare",
        },
        { head: "Environments", cell: ({ environments }) => environments.join(", ") },
        { head: "Scopes", cell: ({ scopes }) => scopes.join(", ") },
        { head: "Owner", cell: ({ owner }) => <Visible text={owner.name} /> },
        { head: "Ends", cell: (key) => <Ending keyView={key} />, align: "right" },
      ]}
    />
  )
}

function Ending({ keyView }: Readonly<{ keyView: KeyView }>) {
  const { status, expiresAt, revokedAt } = keyView
  if (status === "live" || status === "expiring")
    return (
      <>
        in <Time at={expiresAt} as="left" />
      </>
    )
  return <Time at={revokedAt ?? expiresAt} as="age" />
}
