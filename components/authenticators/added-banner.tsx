import { KeyRound } from "lucide-react"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { AuthenticatorView } from "@/lib/authenticators/authenticator.schema"

/** Above every page of one's other sessions, for a day: an authenticator was added, and what to do if by somebody else. */
export function AddedBanner({ added }: Readonly<{ added: readonly AuthenticatorView[] }>) {
  if (added.length === 0) return null

  return (
    <section
      aria-label="Authenticators that were added"
      className="border-b border-look-line bg-look px-4 py-2 text-sm text-look-ink md:px-6"
    >
      <ul className="flex flex-col gap-1.5">
        {added.map(({ authenticatorId, name, createdAt }) => (
          <li key={authenticatorId} className="grid grid-cols-[16px_minmax(0,1fr)] items-start gap-x-3">
            <KeyRound size={16} aria-hidden className="mt-0.5" />
            <p className="[overflow-wrap:anywhere]">
              <span className="font-medium">
                The authenticator “<Visible text={name} />” was added in another session of yours
              </span>
              , <Time at={createdAt} as="age" />. Was it not you?{" "}
              <a href="/account#authenticators" className="underline underline-offset-4">
                Change your password and end all other sessions
              </a>
              , and tell an administrator.
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}
