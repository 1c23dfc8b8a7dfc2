import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { NewKeyForm } from "@/components/keys/new-key-form"
import { DeskPage } from "@/components/layout/desk-page"
import { RoleNotice } from "@/components/layout/role-notice"
import { FilterSelect } from "@/components/ui/filter-select"
import { may } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { keyOwners } from "@/lib/keys/keys.queries"
import { orElsewhere } from "../../or-elsewhere"

export const metadata: Metadata = { title: "New key" }

type Props = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>

export default async function NewKeyPage({ searchParams }: Props) {
  const { tenant: asked, registers } = await searchParams
  const person = await currentPerson()
  if (person === null) redirect(signInPath("/keys/new"))

  const tenants = person.tenants.filter(({ tenantId }) => may(person, "key:manage", tenantId))
  if (tenants.length === 0)
    return <RoleNotice place="Keys">Owners and admins make the API keys of a client.</RoleNotice>

  const chosen =
    tenants.find(({ tenantId }) => tenantId === asked) ?? (tenants.length === 1 ? tenants[0] : undefined)
  const owners =
    chosen === undefined ? [] : await orElsewhere(keyOwners(person, chosen.tenantId, null), "/keys/new")
  const choices = tenants.map(({ tenantId, name }) => ({
    value: tenantId,
    words: name,
    href: `/keys/new?tenant=${tenantId}${registers === undefined ? "" : "&registers"}`,
  }))

  return (
    <DeskPage
      crumbs={[{ words: "Keys", href: "/keys" }, { words: "New key" }]}
      title="New key"
      note="It belongs to one client for ever. Its secret is shown once, when it is made."
    >
      <div className="flex max-w-xl flex-col gap-4 px-4 md:px-6">
        {choices.length > 1 && (
          <label className="flex flex-col items-start gap-1 text-sm font-medium">
            Client
            <FilterSelect
              label="Client"
              value={chosen?.tenantId ?? ""}
              options={[
                ...(chosen === undefined ? [{ value: "", words: "Choose a client", href: "/keys/new" }] : []),
                ...choices,
              ]}
            />
          </label>
        )}
        {chosen !== undefined && (
          <NewKeyForm
            key={chosen.tenantId}
            tenantId={chosen.tenantId}
            owners={owners}
            viewerId={person.personId}
            isToRegister={registers !== undefined}
          />
        )}
      </div>
    </DeskPage>
  )
}
