import type { Metadata } from "next"
import { redirect } from "next/navigation"
import { Suspense } from "react"
import { keysPath, shownKeys, type ShownKeys } from "@/components/keys/key-filter"
import { KeyFilters } from "@/components/keys/key-filters"
import { KeyTable } from "@/components/keys/key-table"
import { DeskPage } from "@/components/layout/desk-page"
import { RoleNotice } from "@/components/layout/role-notice"
import { EmptyState } from "@/components/ui/empty-state"
import { LinkButton } from "@/components/ui/link-button"
import { rowKeys } from "@/components/ui/row-keys"
import { ShortcutHelp } from "@/components/ui/shortcut-help"
import { ListSkeleton } from "@/components/ui/skeleton"
import { may, type PersonActor } from "@/lib/access/actor"
import { currentPerson } from "@/lib/auth/current-person"
import { signInPath } from "@/lib/auth/return-path"
import { allKeys } from "@/lib/keys/keys.queries"
import { orElsewhere } from "../or-elsewhere"

export const metadata: Metadata = { title: "Keys" }

type Props = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>

export default async function KeysPage({ searchParams }: Props) {
  const shown = shownKeys(await searchParams)
  const person = await currentPerson()
  if (person === null) redirect(signInPath(keysPath(shown)))

  const tenants = person.tenants.filter(({ tenantId }) => may(person, "key:read", tenantId))
  if (tenants.length === 0)
    return <RoleNotice place="Keys">Owners, admins and auditors see the API keys of a client.</RoleNotice>

  const mayMake = tenants.some(({ tenantId }) => may(person, "key:manage", tenantId))
  const newPath =
    shown.tenant === undefined ? "/keys/new" : `/keys/new?tenant=${encodeURIComponent(shown.tenant)}`

  return (
    <DeskPage
      crumbs={[{ words: "Keys" }]}
      title="Keys"
      note="What MCP servers and agents sign in with. Each belongs to one client and ends by itself."
      actions={
        mayMake && (
          <LinkButton look="primary" href={newPath}>
            New key
          </LinkButton>
        )
      }
      bar={<ShortcutHelp keys={rowKeys} />}
    >
      <KeyFilters shown={shown} tenants={tenants} />
      <Suspense fallback={<ListSkeleton label="Reading the keys" />}>
        <Keys person={person} shown={shown} mayMake={mayMake} newPath={newPath} />
      </Suspense>
    </DeskPage>
  )
}

type KeysProps = Readonly<{ person: PersonActor; shown: ShownKeys; mayMake: boolean; newPath: string }>

async function Keys({ person, shown, mayMake, newPath }: KeysProps) {
  const asked = { tenantId: shown.tenant, isEnded: shown.status === "ended" }
  const keys = await orElsewhere(allKeys(person, asked), keysPath(shown))
  if (keys.length > 0) {
    const tenantNames = new Map(person.tenants.map(({ tenantId, name }) => [tenantId, name]))
    return <KeyTable keys={keys} tenantNames={tenantNames} />
  }
  if (shown.status === "ended")
    return <EmptyState title="No key has ended">Revoked and expired keys stay here.</EmptyState>

  return (
    <EmptyState
      title="No key yet"
      action={
        mayMake && (
          <LinkButton look="plain" href={newPath}>
            Make the first key
          </LinkButton>
        )
      }
    >
      An MCP server needs one to ask before it acts, and to register its tools.
    </EmptyState>
  )
}
