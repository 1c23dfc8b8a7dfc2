import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { ChangeKey } from "@/components/keys/change-key"
import { KeyFacts } from "@/components/keys/key-facts"
import { statusWords } from "@/components/keys/key-words"
import { RotateKey } from "@/components/keys/rotate-key"
import { DeskPage } from "@/components/layout/desk-page"
import { RoleNotice } from "@/components/layout/role-notice"
import { StopButton } from "@/components/stops/stop-button"
import { Badge } from "@/components/ui/badge"
import { Visible } from "@/components/ui/visible"
import { may } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { keyView } from "@/lib/keys/keys.queries"
import { orElsewhere } from "../../../or-elsewhere"

export const metadata: Metadata = { title: "Key" }

type Props = Readonly<{ params: Promise<{ tenantId: string; keyId: string }> }>

export default async function KeyPage({ params }: Props) {
  const { tenantId, keyId } = await params
  const path = `/keys/${tenantId}/${keyId}`
  const person = await currentPerson()
  if (person === null) redirect(signInPath(path))

  const tenant = person.tenants.find((known) => known.tenantId === tenantId)
  if (tenant !== undefined && !may(person, "key:read", tenantId))
    return <RoleNotice place="Keys">Owners, admins and auditors see the API keys of a client.</RoleNotice>

  const key = await orElsewhere(keyView(person, tenantId, keyId), path)
  const isLive = key.status === "live" || key.status === "expiring"

  return (
    <DeskPage
      crumbs={[{ words: "Keys", href: "/keys" }, { words: key.name }]}
      title={<Visible text={key.name} />}
      mark={<Badge {...statusWords[key.status]} />}
      actions={
        isLive &&
        may(person, "key:manage", tenantId) && (
          <>
            <ChangeKey keyView={key} />
            <RotateKey tenantId={tenantId} keyId={keyId} />
            <RevokeKey keyId={keyId} />
          </>
        )
      }
    >
      <div className="px-4 md:px-6">
        <KeyFacts keyView={key} tenantName={tenant?.name ?? ""} />
      </div>
    </DeskPage>
  )
}

function RevokeKey({ keyId }: Readonly<{ keyId: string }>) {
  return (
    <StopButton scope="key" id={keyId} words="Revoke key" title="Revoke this key?" said="The key is revoked.">
      <p>
        From that moment every call with it is refused, what waits with it ends within a second, and what it
        asked for is cancelled. It cannot be made live again.
      </p>
    </StopButton>
  )
}
