import { ConfirmAction } from "@/components/ui/confirm-action"
import type { TenantView } from "@/lib/tenants/tenant.schema"
import { RenameClientButton } from "./rename-client-button"

/** Renames, suspends or resumes a client. */
export function ClientActions({ tenant }: Readonly<{ tenant: TenantView }>) {
  const { tenantId, name, status } = tenant
  const path = `/api/v1/tenants/${tenantId}`

  return (
    <>
      <RenameClientButton tenantId={tenantId} name={name} />
      {status === "active" ? (
        <ConfirmAction
          words="Suspend client"
          busyWords="Suspending…"
          title={`Suspend ${name}?`}
          said={`${name} is suspended.`}
          typed={name}
          request={{ method: "PATCH", path, body: { status: "suspended" } }}
        >
          <p>Every API key of this client stops at once: its agents can neither ask nor spend a decision.</p>
          <p>
            Everything that waits for a decision, and everything approved and not yet spent, is cancelled.
            That cannot be taken back; agents have to ask again once the client is resumed.
          </p>
          <p>People keep their roles and can read what happened.</p>
        </ConfirmAction>
      ) : (
        <ConfirmAction
          words="Resume client"
          busyWords="Resuming…"
          title={`Resume ${name}?`}
          said={`${name} is active again.`}
          request={{ method: "PATCH", path, body: { status: "active" } }}
        >
          <p>Its API keys work again at once. What was cancelled stays cancelled.</p>
        </ConfirmAction>
      )}
    </>
  )
}
