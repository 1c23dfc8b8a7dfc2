"use client"

import { Building2, ChevronsUpDown } from "lucide-react"
import { useRouter, useSearchParams } from "next/navigation"
import { Suspense } from "react"
import { Menu, MenuChoice } from "./menu"
import { wordsLook, type Place } from "./rail-item"

type Props = Readonly<{ tenants: readonly Readonly<{ tenantId: string; name: string }>[]; place: Place }>

/** Which tenant's items the inbox shows; all of them unless one is chosen. */
export function TenantMenu(props: Props) {
  return (
    <Suspense>
      <TenantChoice {...props} />
    </Suspense>
  )
}

function TenantChoice({ tenants, place }: Props) {
  const router = useRouter()
  const asked = useSearchParams().get("tenant")
  const chosen = tenants.find((tenant) => tenant.tenantId === asked)
  const words = chosen?.name ?? "All tenants"

  return (
    <Menu
      label={`Tenants shown: ${words}`}
      place={place}
      trigger={
        <>
          <Building2 size={16} aria-hidden />
          <span className={wordsLook[place]}>{words}</span>
          {place === "rail" && <ChevronsUpDown size={14} aria-hidden className="hidden xl:block" />}
        </>
      }
    >
      <MenuChoice
        label="Show in the inbox"
        value={chosen?.tenantId ?? ""}
        options={[
          { value: "", words: "All tenants" },
          ...tenants.map(({ tenantId, name }) => ({ value: tenantId, words: name })),
        ]}
        onChange={(tenantId) => router.push(tenantId === "" ? "/inbox" : `/inbox?tenant=${tenantId}`)}
      />
    </Menu>
  )
}
