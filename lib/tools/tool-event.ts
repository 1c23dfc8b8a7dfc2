import type { AuditEvent, AuditEventType, PlainFields, SecretFields } from "@/lib/audit/audit-event"

type Named = Readonly<{ server: string; name: string; version?: string }>

/** An event about a tool. It has no id but its names, and those are not for the clear (SPEC 5.1). */
export function toolEvent(
  type: Extract<AuditEventType, `tool.${string}`>,
  tenantId: string,
  { server, name, version }: Named,
  { plain, secret }: Readonly<{ plain?: PlainFields; secret?: SecretFields }> = {},
): AuditEvent {
  return {
    type,
    subject: { kind: "tenant", id: tenantId },
    plain: plain ?? {},
    secret: { server, tool: name, version: version ?? null, ...secret },
  }
}
