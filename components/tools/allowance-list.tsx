import { ConfirmAction } from "@/components/ui/confirm-action"
import { Visible } from "@/components/ui/visible"
import { environments, type Environment } from "@/lib/tools/tool"
import type { ToolView } from "@/lib/tools/tool.schema"
import { AllowDialog } from "./allow-dialog"
import { allowancePath } from "./tool-words"

type Props = Readonly<{ tool: ToolView; mayManage: boolean }>

/** Where a tool may be used, environment by environment, with the fields it may change there. */
export function AllowanceList({ tool, mayManage }: Props) {
  return (
    <ul className="flex flex-col">
      {environments.map((environment) => {
        const found = tool.allowedIn.find((allowed) => allowed.environment === environment)
        return (
          <li
            key={environment}
            className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-2 md:px-6"
          >
            <span className="w-20 font-medium">{environment}</span>
            <span className="min-w-0 flex-1 basis-48 text-sm">
              {found === undefined ? (
                <span className="text-faint">not allowed</span>
              ) : (
                <Allowed patchPaths={found.patchPaths} />
              )}
            </span>
            {mayManage && (
              <span className="flex flex-wrap gap-2">
                <AllowDialog tool={tool} environment={environment} allowed={found ?? null} />
                {found !== undefined && <Disallow tool={tool} environment={environment} />}
              </span>
            )}
          </li>
        )
      })}
    </ul>
  )
}

function Allowed({ patchPaths }: Readonly<{ patchPaths: readonly string[] | null }>) {
  if (patchPaths === null) return "allowed"
  if (patchPaths.length === 0) return "allowed, no field of a record"

  return (
    <>
      allowed, of records only{" "}
      {patchPaths.map((path, index) => (
        <span key={path} className="font-mono text-xs">
          {index > 0 && ", "}
          <Visible text={path} />
        </span>
      ))}
    </>
  )
}

type DisallowProps = Readonly<{ tool: ToolView; environment: Environment }>

function Disallow({ tool, environment }: DisallowProps) {
  return (
    <ConfirmAction
      words="Stop allowing"
      busyWords="Stopping…"
      look="quiet"
      title={`Stop allowing ${tool.name} in ${environment}?`}
      request={{ method: "DELETE", path: allowancePath(tool, environment) }}
      said={`${tool.name} is no longer allowed in ${environment}.`}
    >
      <p>
        Every version of it is refused in {environment} from now on. Approvals for it there are cancelled when
        they are spent. Allowing it there again takes another administrator; to stop it for a while, suspend
        it.
      </p>
    </ConfirmAction>
  )
}
