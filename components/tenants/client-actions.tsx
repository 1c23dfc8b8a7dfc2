import { StopButton } from "@/components/stops/stop-button"
import { ConfirmAction } from "@/components/ui/confirm-action"
import type { TenantView } from "@/lib/tenants/tenant.schema"
import { RenameClientButton } from "./rename-client-button"

/** Renames, stops or resumes a client. */
export function ClientActions({ tenant }: Readonly<{ tenant: TenantView }>) {
  const { tenantId, name, status } = tenant
  const path = `/api/v1/tenants/${tenantId}`

  return (
    <>
      <RenameClientButton tenantId={tenantId} name={name} />
      {status === "active" ? (
        <StopClient tenantId={tenantId} name={name} />
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

/** The kill switch of one client. */
export function StopClient({ tenantId, name }: Readonly<{ tenantId: string; name: string }>) {
  return (
    <StopButton
      scope="tenant"
      id={tenantId}
      words="Stop client"
      title={`Stop ${name}?`}
      said={`${name} is stopped.`}
      typed={name}
    >
      <p>Every API key of this client stops at once: its agents can neither ask nor spend a decision.</p>
      <p>
        It can be lifted, but what is cancelled stays so: agents have to ask again. People keep their roles
        and can read what happened.
      </p>
    </StopButton>
  )
}
