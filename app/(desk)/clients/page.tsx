import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { BreakGlassSwitch } from "@/components/break-glass/break-glass-switch"
import { DeskPage } from "@/components/layout/desk-page"
import { NeedsRole } from "@/components/members/needs-role"
import { StopAgency } from "@/components/stops/stop-agency"
import { ClientStatus } from "@/components/tenants/client-status"
import { CreateClientButton } from "@/components/tenants/create-client-button"
import { DataTable } from "@/components/ui/data-table"
import { EmptyState } from "@/components/ui/empty-state"
import { IdText } from "@/components/ui/id-text"
import { LaterPages } from "@/components/ui/later-pages"
import { rowKeys } from "@/components/ui/row-keys"
import { ShortcutHelp } from "@/components/ui/shortcut-help"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import { mayInAgency } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { mayReadMembers } from "@/lib/members/member"
import { readBreakGlassSwitch } from "@/lib/tenants/break-glass-switch.service"
import { listTenants } from "@/lib/tenants/tenants.queries"

export const metadata: Metadata = { title: "Clients" }

type Props = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>

export default async function ClientsPage({ searchParams }: Props) {
  const person = await currentPerson()
  if (person === null) redirect(signInPath("/clients"))
  if (!mayReadMembers(person)) return <NeedsRole place="Clients" what="Clients are looked after" />

  const { cursor } = await searchParams
  const after = typeof cursor === "string" ? cursor : undefined
  const { items, nextCursor } = await listTenants(person, { cursor: after })
  const agencies = person.agencies.filter(({ agencyId }) => mayInAgency(person, "tenant:create", agencyId))
  const switches = await Promise.all(
    agencies.map(async (agency) => ({
      ...agency,
      state: await readBreakGlassSwitch(person, agency.agencyId),
    })),
  )
  const isOne = new Set(items.map(({ agencyId }) => agencyId)).size <= 1
  const agencyName = (agencyId: string) =>
    person.agencies.find((agency) => agency.agencyId === agencyId)?.name ?? agencyId

  return (
    <DeskPage
      crumbs={[{ words: "Clients" }]}
      title="Clients"
      note="Each client is a border: its data, keys, tools, members and log are its own."
      actions={
        agencies.length > 0 && (
          <>
            {agencies.map(({ agencyId, name }) => (
              <StopAgency key={agencyId} agencyId={agencyId} name={name} />
            ))}
            <CreateClientButton agencies={agencies} />
          </>
        )
      }
      bar={<ShortcutHelp keys={rowKeys} />}
    >
      {items.length === 0 ? (
        <EmptyState title="No clients yet">Add the first one: keys and tools belong to a client.</EmptyState>
      ) : (
        <DataTable
          label="Clients"
          rows={items}
          keyOf={({ tenantId }) => tenantId}
          hrefOf={({ tenantId }) => `/clients/${tenantId}`}
          columns={[
            { head: "Name", cell: ({ name }) => <Visible text={name} /> },
            ...(isOne
              ? []
              : [{ head: "Agency", cell: (row: (typeof items)[number]) => agencyName(row.agencyId) }]),
            { head: "State", cell: ({ status }) => <ClientStatus status={status} />, onPhone: "bare" },
            { head: "Id", cell: ({ tenantId }) => <IdText id={tenantId} label="Copy the client’s id" /> },
            { head: "Since", cell: ({ createdAt }) => <Time at={createdAt} as="day" />, align: "right" },
          ]}
        />
      )}
      {switches.map(({ agencyId, name, state }) => (
        <BreakGlassSwitch
          key={agencyId}
          name={name}
          state={state}
          maySwitchOff={mayInAgency(person, "break_glass:off", agencyId)}
        />
      ))}
      <LaterPages
        startPath={after === undefined ? null : "/clients"}
        nextPath={nextCursor === null ? null : `/clients?cursor=${nextCursor}`}
      />
    </DeskPage>
  )
}
