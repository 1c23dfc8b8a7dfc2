import { FilterSelect } from "@/components/ui/filter-select"
import { FilterTabs } from "@/components/ui/filter-tabs"
import { toolsPath, type ShownTools } from "./tool-filter"

type Props = Readonly<{
  shown: ShownTools
  waiting: number
  tenants: readonly Readonly<{ tenantId: string; name: string }>[]
}>

/** Which tools are shown: by where they stand, and by client. */
export function ToolFilters({ shown, waiting, tenants }: Props) {
  const tab = (words: string, status: ShownTools["status"]) => ({
    words,
    href: toolsPath(shown, { status }),
    isCurrent: shown.status === status,
  })

  return (
    <div className="flex flex-wrap items-center gap-2 px-4 md:px-6">
      <FilterTabs
        label="Tools by status"
        tabs={[
          tab("All", undefined),
          { ...tab("Waiting", "waiting"), count: waiting },
          tab("Active", "active"),
          tab("Suspended", "suspended"),
        ]}
      />
      {tenants.length > 1 && (
        <FilterSelect
          label="Client"
          value={shown.tenant ?? ""}
          options={[
            { value: "", words: "All clients", href: toolsPath(shown, { tenant: undefined }) },
            ...tenants.map(({ tenantId, name }) => ({
              value: tenantId,
              words: name,
              href: toolsPath(shown, { tenant: tenantId }),
            })),
          ]}
        />
      )}
    </div>
  )
}
