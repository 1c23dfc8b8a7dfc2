import { StopButton } from "@/components/stops/stop-button"
import { ConfirmAction } from "@/components/ui/confirm-action"
import type { ToolDetail } from "@/lib/tools/tool.schema"
import { ChangeTier } from "./change-tier"
import { toolApiPath } from "./tool-words"

/** What can be done with a tool that was accepted: another tier, a stop, and on again. */
export function ToolActions({ tool }: Readonly<{ tool: ToolDetail }>) {
  if (tool.definitionHash === null) return null

  return (
    <>
      <ChangeTier tool={tool} />
      {tool.status === "active" ? <Suspend tool={tool} /> : <Activate tool={tool} />}
      {tool.status === "active" && <StopTool tool={tool} />}
    </>
  )
}

function Suspend({ tool }: Readonly<{ tool: ToolDetail }>) {
  const { openApprovals } = tool

  return (
    <ConfirmAction
      words="Suspend"
      busyWords="Suspending…"
      title={`Suspend ${tool.name}?`}
      request={{ method: "PATCH", path: toolApiPath(tool), body: { status: "suspended" } }}
      said="The tool is suspended."
    >
      <p>
        Every call of this version is refused from now on, in every environment, until somebody activates it.
      </p>
      <p>
        {openApprovals === 0
          ? "Nothing is waiting under it."
          : `${openApprovals} of its approvals ${openApprovals === 1 ? "is" : "are"} pending or approved: ${openApprovals === 1 ? "it is" : "they are"} cancelled.`}
      </p>
    </ConfirmAction>
  )
}

function StopTool({ tool: { tenantId, server, name } }: Readonly<{ tool: ToolDetail }>) {
  return (
    <StopButton
      scope="tool"
      id={`${tenantId}/${server}/${name}`}
      words="Stop tool"
      title={`Stop ${name}?`}
      said="The tool is stopped."
    >
      <p>
        Every call of every version is refused from now on, in every environment. Nobody can accept or
        activate a version of it until the stop is lifted.
      </p>
    </StopButton>
  )
}

function Activate({ tool }: Readonly<{ tool: ToolDetail }>) {
  return (
    <ConfirmAction
      words="Activate"
      busyWords="Activating…"
      title={`Activate ${tool.name}?`}
      request={{ method: "PATCH", path: toolApiPath(tool), body: { status: "active" } }}
      said="The tool is active again."
    >
      <p>The definition that was accepted can be used again where it is allowed.</p>
      {tool.offeredHash !== null && (
        <p>
          What the server offered since is dropped. A server that has changed does not fit the accepted
          definition: its calls then fail, or it offers its own again when it starts.
        </p>
      )}
    </ConfirmAction>
  )
}
