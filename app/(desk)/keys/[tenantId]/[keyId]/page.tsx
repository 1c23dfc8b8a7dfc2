import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { ChangeKey } from "@/components/keys/change-key"
import { KeyFacts } from "@/components/keys/key-facts"
import { statusWords } from "@/components/keys/key-words"
import { RotateKey } from "@/components/keys/rotate-key"
import { DeskPage } from "@/components/layout/desk-page"
import { RoleNotice } from "@/components/layout/role-notice"
import { Badge } from "@/components/ui/badge"
import { ConfirmAction } from "@/components/ui/confirm-action"
import { Visible } from "@/components/ui/visible"
import { may } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import type { KeyView } from "@/lib/keys/key.schema"
import { keyUse, keyView } from "@/lib/keys/keys.queries"
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
  const use = await orElsewhere(keyUse(person, tenantId, keyId), path)
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
            <RevokeKey keyView={key} use={use} />
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

type Use = Readonly<{ openRuns: number; openApprovals: number }>

function RevokeKey({ keyView, use }: Readonly<{ keyView: KeyView; use: Use }>) {
  const { tenantId, keyId } = keyView

  return (
    <ConfirmAction
      words="Revoke key"
      busyWords="Revoking…"
      title="Revoke this key?"
      request={{ method: "DELETE", path: `/api/v1/tenants/${tenantId}/keys/${keyId}` }}
      said="The key is revoked."
    >
      <p>
        From that moment every call with it is refused, and what waits with it ends within a second. It cannot
        be made live again.
      </p>
      <p>{useWords(use)}</p>
    </ConfirmAction>
  )
}

function useWords({ openRuns, openApprovals }: Use): string {
  if (openRuns === 0) return "No run is open with it."
  const runs = openRuns === 1 ? "1 run is open with it" : `${openRuns} runs are open with it`
  const approvals = openApprovals === 1 ? "1 approval" : `${openApprovals} approvals`

  return `${runs}, with ${approvals} pending or approved. They stay, but this key can no longer spend them.`
}
