"use client"

import { ChevronsUpDown, ListFilter } from "lucide-react"
import { usePathname, useRouter, useSearchParams } from "next/navigation"
import { Suspense } from "react"
import { Menu, MenuChoice } from "./menu"
import { wordsLook, type Place } from "./rail-item"

type Props = Readonly<{ tenants: readonly Readonly<{ tenantId: string; name: string }>[]; place: Place }>

/** Which tenant's things the lists show; all of them unless one is chosen. */
export function TenantMenu(props: Props) {
  return (
    <Suspense>
      <TenantChoice {...props} />
    </Suspense>
  )
}

/** The lists that can show one tenant alone. Anywhere else the choice leads to the inbox. */
const lists = ["/inbox", "/runs", "/tools", "/keys", "/members"]

function TenantChoice({ tenants, place }: Props) {
  const router = useRouter()
  const pathname = usePathname()
  const asked = useSearchParams().get("tenant")
  const chosen = tenants.find((tenant) => tenant.tenantId === asked)
  const words = chosen?.name ?? "All clients"
  const list = lists.includes(pathname) ? pathname : "/inbox"

  return (
    <Menu
      label={`Clients shown: ${words}`}
      place={place}
      trigger={
        <>
          <ListFilter size={16} aria-hidden className="shrink-0" />
          <span className={wordsLook[place]}>{words}</span>
          {place === "rail" && <ChevronsUpDown size={14} aria-hidden className="hidden xl:block" />}
        </>
      }
    >
      <MenuChoice
        label="Show only"
        value={chosen?.tenantId ?? ""}
        options={[
          { value: "", words: "All clients" },
          ...tenants.map(({ tenantId, name }) => ({ value: tenantId, words: name })),
        ]}
        onChange={(tenantId) => router.push(tenantId === "" ? list : `${list}?tenant=${tenantId}`)}
      />
    </Menu>
  )
}
