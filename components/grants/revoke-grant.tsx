import { policyApiPath } from "@/components/policies/policy-paths"
import { ConfirmAction } from "@/components/ui/confirm-action"
import type { GrantView } from "@/lib/grants/grant.schema"

type Props = Readonly<{ tenantId: string; grant: Pick<GrantView, "name" | "server" | "tool" | "usesLeft"> }>

/** Ends a grant, and says beforehand what stops with it. */
export function RevokeGrant({ tenantId, grant: { name, server, tool, usesLeft } }: Props) {
  return (
    <ConfirmAction
      words="Revoke"
      busyWords="Revoking…"
      look="quiet"
      title="Revoke this grant?"
      said="The grant is revoked."
      request={{ method: "DELETE", path: policyApiPath(tenantId, `/grants/${name}`) }}
    >
      <p>
        From this moment calls of{" "}
        <span className="font-mono text-ink">
          {server}/{tool}
        </span>{" "}
        that it would have let through are decided by the other rules, as before it. Nobody else has to agree.
      </p>
      <p>
        {usesLeft === 1 ? "The one use that is left is" : `The ${usesLeft} uses that are left are`} gone. What
        was let through already is not undone. To have it again it has to be proposed again.
      </p>
    </ConfirmAction>
  )
}
