import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { SignInForm } from "@/components/auth/sign-in-form"
import { Mark } from "@/components/layout/mark"
import { WaitingForSetup } from "@/components/setup/waiting-for-setup"
import { currentPerson } from "@/lib/auth/current-person"
import { safeReturnPath } from "@/lib/auth/return-path"
import { runtime } from "@/lib/env/runtime"
import { isWaitingForSetup } from "@/lib/members/setup.service"

export const metadata: Metadata = { title: "Sign in" }

type Props = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>

export default async function SignInPage({ searchParams }: Props) {
  const { next, callbackUrl } = await searchParams
  const returnPath = safeReturnPath(single(next) ?? single(callbackUrl))
  if ((await currentPerson()) !== null) redirect(returnPath)
  if (await isWaitingForSetup()) return <WaitingForSetup />

  return (
    <main id="content" className="flex min-h-dvh flex-col items-center justify-center gap-6 px-4 py-10">
      <div className="flex w-full max-w-88 flex-col gap-6">
        <div className="flex flex-col gap-3">
          <Mark />
          <h1 className="text-lg font-semibold">Sign in to Deltaseal</h1>
          <p className="text-sm text-muted">
            {returnPath.startsWith("/approvals/")
              ? "A change is waiting for your decision. You come back to it after signing in."
              : "Review what agents want to change, before it happens."}
          </p>
        </div>
        <SignInForm returnPath={returnPath} />
        {runtime().config.demo && <DemoHint />}
      </div>
    </main>
  )
}

/** Who there is in the demo; their passwords are only where the person who started it can read them. */
function DemoHint() {
  return (
    <div className="flex flex-col gap-2 border-t border-line pt-4 text-sm text-muted">
      <p>
        This is the demo agency. The passwords are in the terminal that runs{" "}
        <code className="font-mono">npm start</code>.
      </p>
      <dl className="grid grid-cols-[1fr_auto] gap-x-4">
        {demoPeople.map(({ email, role }) => (
          <div key={email} className="contents">
            <dt className="font-mono text-xs leading-5">{email}</dt>
            <dd className="text-xs leading-5">{role}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

const demoPeople = [
  { email: "rhea@northwind.example", role: "reviewer" },
  { email: "adam@northwind.example", role: "admin" },
  { email: "olivia@northwind.example", role: "owner" },
  { email: "audrey@northwind.example", role: "auditor" },
] as const

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined
}
