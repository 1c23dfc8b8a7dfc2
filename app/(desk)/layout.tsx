import { cookies } from "next/headers"
import type { ReactNode } from "react"
import { Frame } from "@/components/layout/frame"
import { currentPerson } from "@/lib/auth/current-person"
import { themeIn } from "../theme"
import { inboxOf } from "./inbox-of"

/** The frame around the pages. It authorises nothing: each page asks for itself who is looking. */
export default async function DeskLayout({ children }: Readonly<{ children: ReactNode }>) {
  const person = await currentPerson()
  if (person === null) return children

  const { pending } = await inboxOf(person)
  const roles = [...new Set(person.roles.map(({ role }) => role))]
  const theme = themeIn((await cookies()).get("deltaseal-theme")?.value)

  return (
    <Frame
      person={{ name: person.name, email: person.email, roles }}
      tenants={person.tenants.map(({ tenantId, name }) => ({ tenantId, name }))}
      waiting={pending.length}
      theme={theme}
    >
      {children}
    </Frame>
  )
}
