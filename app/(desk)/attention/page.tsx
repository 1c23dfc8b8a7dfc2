import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { AttentionSections } from "@/components/attention/attention-sections"
import { DeskPage } from "@/components/layout/desk-page"
import { RoleNotice } from "@/components/layout/role-notice"
import { EmptyState } from "@/components/ui/empty-state"
import { FilterSelect } from "@/components/ui/filter-select"
import { FilterTabs } from "@/components/ui/filter-tabs"
import { rowKeys } from "@/components/ui/row-keys"
import { ShortcutHelp } from "@/components/ui/shortcut-help"
import { may, type PersonActor, type TenantAccess } from "@/lib/access/actor"
import { attentionEverywhere, attentionIn } from "@/lib/attention/attention.queries"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"

export const metadata: Metadata = { title: "Attention" }

type Props = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>

const periods = [7, 30, 90] as const

export default async function AttentionPage({ searchParams }: Props) {
  const person = await currentPerson()
  if (person === null) redirect(signInPath("/attention"))
  const clients = person.tenants.filter(({ tenantId }) => may(person, "attention:read", tenantId))
  if (clients.length === 0)
    return <RoleNotice place="Attention">Owners and admins see how changes are decided.</RoleNotice>

  const { tenant: asked, days: askedDays } = await searchParams
  const tenant = clients.find(({ tenantId }) => tenantId === asked)
  const days = periods.find((period) => String(period) === askedDays) ?? 30
  const view = await readView(person, tenant, days)

  return (
    <DeskPage
      crumbs={[{ words: "Policies", href: "/policies" }, { words: "Attention" }]}
      title="Attention"
      note="How long changes are looked at before they are decided, so that what is asked of people stays what people can read. Times are those for which a page was visible."
      bar={<ShortcutHelp keys={rowKeys} />}
    >
      <div className="flex flex-wrap items-center gap-3 px-4 md:px-6">
        <FilterTabs
          label="Time"
          tabs={periods.map((period) => ({
            words: `${period} days`,
            href: pathOf(tenant?.tenantId, period),
            isCurrent: period === days,
          }))}
        />
        {clients.length > 1 && (
          <FilterSelect
            label="Client"
            value={tenant?.tenantId ?? ""}
            options={[
              { value: "", words: "All clients", href: pathOf(undefined, days) },
              ...clients.map(({ tenantId, name }) => ({
                value: tenantId,
                words: name,
                href: pathOf(tenantId, days),
              })),
            ]}
          />
        )}
      </div>
      {view.total.decisions === 0 ? (
        <EmptyState title="Nothing was decided in this time">
          Once people decide on changes, this page says how long they looked at them.
        </EmptyState>
      ) : (
        <AttentionSections view={view} />
      )}
      {view.isCut && (
        <p className="px-4 text-sm text-muted md:px-6">
          There were more decisions than are counted here: these are the latest.
        </p>
      )}
    </DeskPage>
  )
}

function readView(person: PersonActor, tenant: TenantAccess | undefined, days: number) {
  return tenant === undefined
    ? attentionEverywhere(person, { days })
    : attentionIn(person, tenant.tenantId, { days })
}

function pathOf(tenantId: string | undefined, days: number): string {
  return `/attention?days=${days}${tenantId === undefined ? "" : `&tenant=${tenantId}`}`
}
