import Link from "next/link"
import type { ReactNode } from "react"
import { PublicPage } from "./public-page"

/** Used, withdrawn, over or never ours: a link that leads nowhere says the same of all of them. */
export function DeadLink({ children }: Readonly<{ children: ReactNode }>) {
  return (
    <PublicPage
      title="This link no longer works"
      intro={
        <>
          <p>It was used, taken back or replaced by a newer one, or its time is over. Nothing was changed.</p>
          <p>{children}</p>
        </>
      }
    >
      <Link href="/sign-in" className="rounded text-sm text-accent underline underline-offset-4">
        Go to sign-in
      </Link>
    </PublicPage>
  )
}
