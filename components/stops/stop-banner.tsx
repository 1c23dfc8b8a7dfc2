import { OctagonX } from "lucide-react"
import { ConfirmAction } from "@/components/ui/confirm-action"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { StopView } from "@/lib/stops/stop.schema"

type Props = Readonly<{
  stops: readonly StopView[]
  /** Names of clients by id, for tools. */
  tenantNames: Readonly<Record<string, string>>
}>

/** More than this many stand behind a line that says how many they are. */
const openMax = 2

/** Above every page while something is stopped: what, why, by whom, and how it is lifted. */
export function StopBanner({ stops, tenantNames }: Props) {
  if (stops.length === 0) return null

  return (
    <section
      aria-label="What is stopped"
      className="border-b border-look-line bg-look px-4 py-2 text-sm text-look-ink md:px-6"
    >
      {stops.length <= openMax ? (
        <StopLines stops={stops} tenantNames={tenantNames} />
      ) : (
        <details>
          <summary className="cursor-pointer font-medium">{stops.length} things are stopped</summary>
          <StopLines stops={stops} tenantNames={tenantNames} />
        </details>
      )}
    </section>
  )
}

function StopLines({ stops, tenantNames }: Props) {
  return (
    <ul className="flex flex-col gap-1.5">
      {stops.map((stop) => (
        <li
          key={`${stop.tenantId ?? ""}${stop.stopId}`}
          className="grid grid-cols-[16px_minmax(0,1fr)] items-start gap-x-3 gap-y-1 md:grid-cols-[16px_minmax(0,1fr)_auto] md:items-center"
        >
          <OctagonX size={16} aria-hidden className="mt-0.5 md:mt-0" />
          <div className="[overflow-wrap:anywhere]">
            <span className="font-medium">
              {scopeWords[stop.scope]} <Visible text={stop.name} />{" "}
              {stop.scope === "tool" && (
                <>
                  of <Visible text={tenantNames[stop.tenantId ?? ""] ?? ""} />{" "}
                </>
              )}
              is stopped.
            </span>{" "}
            {stop.reason !== null && stop.reason !== "" && (
              <>
                “<Visible text={stop.reason} />”{" "}
              </>
            )}
            <span className="whitespace-nowrap">
              {stop.stoppedBy !== null && <>{stop.stoppedBy.name}, </>}
              <Time at={stop.stoppedAt} as="age" />
            </span>
          </div>
          {stop.mayLift && (
            <div className="col-start-2 md:col-start-3">
              <LiftStop stop={stop} />
            </div>
          )}
        </li>
      ))}
    </ul>
  )
}

const scopeWords = { tool: "The tool", tenant: "The client", agency: "Everything of" } as const

function LiftStop({ stop }: Readonly<{ stop: StopView }>) {
  return (
    <ConfirmAction
      words="Lift the stop"
      busyWords="Lifting…"
      title={`Lift the stop of ${stop.scope === "agency" ? "everything" : stop.name}?`}
      said="The stop is lifted."
      request={{ method: "DELETE", path: `/api/v1/kill/${stop.stopId}` }}
    >
      <p>{liftWords[stop.scope]}</p>
      <p>What was cancelled stays cancelled: agents have to ask again.</p>
    </ConfirmAction>
  )
}

const liftWords = {
  tool: "The versions that were usable before can be used again, unless the server offered another definition since.",
  tenant: "Its API keys work again at once.",
  agency:
    "Exactly the clients that this stop suspended are active again, and their API keys work at once. A client that was suspended before, or stopped by itself, stays so.",
} as const
