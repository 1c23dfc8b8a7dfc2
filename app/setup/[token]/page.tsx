import type { Metadata } from "next"
import { DeadLink } from "@/components/setup/dead-link"
import { PublicPage } from "@/components/setup/public-page"
import { SetupForm } from "@/components/setup/setup-form"
import { isSetupLinkLive, setupMinutes } from "@/lib/members/setup.service"

export const metadata: Metadata = { title: "Set up" }

type Props = Readonly<{ params: Promise<{ token: string }> }>

export default async function SetupPage({ params }: Props) {
  const { token } = await params
  if (!(await isSetupLinkLive(token))) {
    return (
      <DeadLink>
        Whoever runs this server makes another one with <code className="font-mono">npm run setup-link</code>,
        as long as nobody has set it up.
      </DeadLink>
    )
  }

  return (
    <PublicPage
      title="Set up Deltaseal"
      intro={
        <p>
          You become the first owner: you invite the others. The link works once, within {setupMinutes}{" "}
          minutes of being made.
        </p>
      }
    >
      <SetupForm token={token} />
    </PublicPage>
  )
}
