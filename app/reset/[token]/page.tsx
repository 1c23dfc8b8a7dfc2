import type { Metadata } from "next"
import { DeadLink } from "@/components/setup/dead-link"
import { PublicPage } from "@/components/setup/public-page"
import { ResetForm } from "@/components/setup/reset-form"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import { readReset } from "@/lib/members/resets.service"

export const metadata: Metadata = { title: "New password" }

type Props = Readonly<{ params: Promise<{ token: string }> }>

export default async function ResetPage({ params }: Props) {
  const { token } = await params
  const reset = await readReset(token)
  if (reset === null) return <DeadLink>Ask an owner or administrator for another one.</DeadLink>

  return (
    <PublicPage
      title="Choose a new password"
      intro={
        <p>
          For <Visible text={reset.email} />, until <Time at={reset.expiresAt} as="clock" />. You are signed
          out everywhere when it is set.
        </p>
      }
    >
      <ResetForm token={token} email={reset.email} />
    </PublicPage>
  )
}
