import { Section } from "@/components/layout/section"
import { ConfirmAction } from "@/components/ui/confirm-action"
import { EmptyState } from "@/components/ui/empty-state"
import { Time } from "@/components/ui/time"
import type { AuthenticatorView } from "@/lib/authenticators/authenticator.schema"
import type { RecoveryView } from "@/lib/authenticators/recovery.schema"
import { AuthenticatorTable } from "./authenticator-table"
import { EnrolAuthenticator } from "./enrol-authenticator"

type Props = Readonly<{
  email: string
  authenticators: readonly AuthenticatorView[]
  /** Those about whoever looks. */
  recoveries: readonly RecoveryView[]
}>

/** One's authenticators: what one has, how another comes, and what to do when all are lost. */
export function AuthenticatorSection({ email, authenticators, recoveries }: Props) {
  const isFirst = authenticators.length === 0
  const isWaiting = recoveries.some(({ status }) => status === "open")
  const done = recoveries.find(({ status }) => status === "done")

  return (
    <div id="authenticators" className="scroll-mt-16">
      <Section
        title="Authenticators"
        isFlush
        actions={
          !isFirst && (
            <>
              {!isWaiting && <AskForRecovery />}
              <EnrolAuthenticator email={email} isFirst={false} />
            </>
          )
        }
      >
        {isFirst ? (
          <div className="pt-3">
            <EmptyState title="No authenticator yet" action={<EnrolAuthenticator email={email} isFirst />}>
              Where a policy wants it, an approval counts only when your authenticator signed it: a security
              key, a phone, or this machine’s fingerprint reader.
            </EmptyState>
          </div>
        ) : (
          <AuthenticatorTable authenticators={authenticators} email={email} />
        )}
        {isFirst && done !== undefined && done.endedAt !== null && (
          <p className="px-4 py-3 text-sm text-muted md:px-6">
            Yours were taken away <Time at={done.endedAt} as="age" />, confirmed by{" "}
            {done.confirmedBy.join(" and ")}.
          </p>
        )}
      </Section>
    </div>
  )
}

function AskForRecovery() {
  return (
    <ConfirmAction
      words="I lost them"
      busyWords="Asking…"
      look="quiet"
      title="Ask for your authenticators to be taken away?"
      said="Asked. Two administrators have to confirm within a day."
      request={{ method: "POST", path: "/api/v1/session/authenticator-recovery" }}
    >
      <p>
        Two administrators have to confirm within a day; they will want to speak to you. Then all of your
        authenticators are taken away, and your password is enough to enrol another. Until then nothing
        changes.
      </p>
      <p>If you still have one of them, add another with it instead, and remove the one you lost.</p>
    </ConfirmAction>
  )
}
