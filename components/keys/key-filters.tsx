import { FilterSelect } from "@/components/ui/filter-select"
import { FilterTabs } from "@/components/ui/filter-tabs"
import { keysPath, type ShownKeys } from "./key-filter"

type Props = Readonly<{
  shown: ShownKeys
  tenants: readonly Readonly<{ tenantId: string; name: string }>[]
}>

/** Which keys are shown: by whether they work, and by client. */
export function KeyFilters({ shown, tenants }: Props) {
  const { tenant, status } = shown

  return (
    <div className="flex flex-wrap items-center gap-2 px-4 md:px-6">
      <FilterTabs
        label="Keys by status"
        tabs={[
          { words: "Live", href: keysPath(shown, { status: "live" }), isCurrent: status === "live" },
          { words: "Ended", href: keysPath(shown, { status: "ended" }), isCurrent: status === "ended" },
        ]}
      />
      {tenants.length > 1 && (
        <FilterSelect
          label="Client"
          value={tenant ?? ""}
          options={[
            { value: "", words: "All clients", href: keysPath(shown, { tenant: undefined }) },
            ...tenants.map(({ tenantId, name }) => ({
              value: tenantId,
              words: name,
              href: keysPath(shown, { tenant: tenantId }),
            })),
          ]}
        />
      )}
    </div>
  )
}
