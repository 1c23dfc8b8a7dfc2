import { KeyRound } from "lucide-react"
import { ConfirmAction } from "@/components/ui/confirm-action"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { RecoveryView } from "@/lib/authenticators/recovery.schema"

/** Above every page of whoever it concerns, while a recovery waits: whose, who asked, and who has to confirm. */
export function RecoveryBanner({ recoveries }: Readonly<{ recoveries: readonly RecoveryView[] }>) {
  if (recoveries.length === 0) return null

  return (
    <section
      aria-label="Authenticators to be recovered"
      className="border-b border-look-line bg-look px-4 py-2 text-sm text-look-ink md:px-6"
    >
      <ul className="flex flex-col gap-1.5">
        {recoveries.map((recovery) => (
          <li
            key={recovery.recoveryId}
            className="grid grid-cols-[16px_minmax(0,1fr)] items-start gap-x-3 gap-y-1 md:grid-cols-[16px_minmax(0,1fr)_auto] md:items-center"
          >
            <KeyRound size={16} aria-hidden className="mt-0.5 md:mt-0" />
            <p className="[overflow-wrap:anywhere]">
              <span className="font-medium">
                {recovery.isAboutYou ? "Your authenticators" : <TheirAuthenticators recovery={recovery} />}{" "}
                are to be taken away.
              </span>{" "}
              <Visible text={recovery.askedBy.name} /> asked <Time at={recovery.askedAt} as="age" />;{" "}
              {standing(recovery)}{" "}
              <span className="whitespace-nowrap">
                It ends in <Time at={recovery.expiresAt} as="left" />.
              </span>
            </p>
            <div className="col-start-2 flex flex-wrap gap-2 md:col-start-3">
              {recovery.mayConfirm && <Confirm recovery={recovery} />}
              {recovery.mayEnd && <End recovery={recovery} />}
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}

function TheirAuthenticators({ recovery }: Readonly<{ recovery: RecoveryView }>) {
  return (
    <>
      The authenticators of <Visible text={recovery.person.name} />
    </>
  )
}

function standing({ confirmedBy }: RecoveryView): string {
  const [first] = confirmedBy
  return first === undefined
    ? "two administrators have to confirm."
    : `confirmed by ${first}; another administrator has to confirm.`
}

function Confirm({ recovery }: Readonly<{ recovery: RecoveryView }>) {
  const { recoveryId, person, confirmedBy } = recovery
  const isLast = confirmedBy.length > 0

  return (
    <ConfirmAction
      words="Confirm"
      busyWords="Confirming…"
      title={`Take the authenticators of ${person.name} away?`}
      said={
        isLast
          ? "The authenticators are taken away."
          : "Confirmed. A second administrator has to confirm too."
      }
      request={{ method: "POST", path: `/api/v1/authenticator-recoveries/${recoveryId}/confirm` }}
    >
      <p>
        Make sure that it is {person.name} who lost them: speak to them. {isLast ? lastWords : firstWords}
      </p>
    </ConfirmAction>
  )
}

const lastWords =
  "With your word all of their authenticators are taken away at once, and their password is enough to enrol another."
const firstWords = "Nothing changes yet: a second administrator has to confirm within a day."

function End({ recovery: { recoveryId, isAboutYou } }: Readonly<{ recovery: RecoveryView }>) {
  return (
    <ConfirmAction
      words={isAboutYou ? "Withdraw" : "Refuse"}
      busyWords={isAboutYou ? "Withdrawing…" : "Refusing…"}
      look="quiet"
      title={isAboutYou ? "Keep your authenticators?" : "Refuse this recovery?"}
      said={isAboutYou ? "The recovery is withdrawn." : "The recovery is refused."}
      request={{ method: "DELETE", path: `/api/v1/authenticator-recoveries/${recoveryId}` }}
    >
      <p>
        {isAboutYou
          ? "Nothing is taken away. If you did not ask for this, somebody may be acting in your name: change your password and tell an administrator."
          : "Nothing is taken away. It can be asked for again."}
      </p>
    </ConfirmAction>
  )
}
