import { FilterSelect } from "@/components/ui/filter-select"
import { FilterTabs } from "@/components/ui/filter-tabs"
import { environments } from "@/lib/tools/tool"
import { runsPath, type ShownRuns } from "./run-filter"

type Props = Readonly<{
  shown: ShownRuns
  tenants: readonly Readonly<{ tenantId: string; name: string }>[]
}>

/** Which runs are shown: by status, environment and client. */
export function RunFilters({ shown, tenants }: Props) {
  return (
    <div className="grid grid-cols-2 items-center gap-2 px-4 md:flex md:flex-wrap md:px-6">
      <div className="col-span-2 flex">
        <FilterTabs
          label="Runs by status"
          tabs={[
            {
              words: "All",
              href: runsPath(shown, { status: undefined }),
              isCurrent: shown.status === undefined,
            },
            { words: "Open", href: runsPath(shown, { status: "open" }), isCurrent: shown.status === "open" },
            {
              words: "Closed",
              href: runsPath(shown, { status: "closed" }),
              isCurrent: shown.status === "closed",
            },
          ]}
        />
      </div>
      <FilterSelect
        label="Environment"
        value={shown.environment ?? ""}
        options={[
          { value: "", words: "All environments", href: runsPath(shown, { environment: undefined }) },
          ...environments.map((environment) => ({
            value: environment,
            words: environment,
            href: runsPath(shown, { environment }),
          })),
        ]}
      />
      {tenants.length > 1 && (
        <FilterSelect
          label="Client"
          value={shown.tenant ?? ""}
          options={[
            { value: "", words: "All clients", href: runsPath(shown, { tenant: undefined }) },
            ...tenants.map(({ tenantId, name }) => ({
              value: tenantId,
              words: name,
              href: runsPath(shown, { tenant: tenantId }),
            })),
          ]}
        />
      )}
    </div>
  )
}
