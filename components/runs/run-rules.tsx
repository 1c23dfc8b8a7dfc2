import type { ReactNode } from "react"
import { Section } from "@/components/layout/section"
import { Badge } from "@/components/ui/badge"
import { TierMark } from "@/components/ui/tier-mark"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { RunLimit, RunRules as Rules } from "@/lib/runs/run-rules"
import type { SharedLimit } from "@/lib/runs/shared-limits.service"
import type { RunTaint } from "@/lib/runs/run-usage.queries"
import { limitWords, sharedWords, usedWords } from "./limit-words"

type Props = Readonly<{ rules: Rules; shared: readonly SharedLimit[]; taint: RunTaint | null }>

/** What a run is held to: what is used of its limits, whether it is tainted, and which tools it may use. */
export function RunRules({ rules, shared, taint }: Props) {
  return (
    <Section title="What holds for it">
      <dl className="grid grid-cols-[104px_minmax(0,1fr)] items-baseline gap-x-3 gap-y-2 text-sm">
        <Row name="Limits">
          {rules.limits.length === 0 ? (
            <p className="text-muted">none, beside those of its tools and its client</p>
          ) : (
            <ul className="flex flex-col gap-1">
              {rules.limits.map((limit) => (
                <Limit key={limit.name} name={limitWords[limit.name]} limit={limit} />
              ))}
            </ul>
          )}
        </Row>
        {shared.length > 0 && (
          <Row name="Shared limits">
            <ul
              aria-label="Limits that it shares with the client’s other runs"
              className="flex flex-col gap-1"
            >
              {shared.map((limit) => (
                <Limit
                  key={sharedWords(limit)}
                  name={sharedWords(limit)}
                  limit={{ ...limit, name: "toolCalls" }}
                />
              ))}
            </ul>
          </Row>
        )}
        <Row name="Trust">
          {taint === null ? (
            <p className="text-muted">it has not read anything that the policy does not trust</p>
          ) : (
            <Taint taint={taint} />
          )}
        </Row>
        <Row name="Tools">
          <Tools rules={rules} />
        </Row>
      </dl>
    </Section>
  )
}

function Row({ name, children }: Readonly<{ name: string; children: ReactNode }>) {
  return (
    <>
      <dt className="text-faint">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  )
}

function Limit({ name, limit }: Readonly<{ name: string; limit: RunLimit }>) {
  const isUsedUp = limit.used !== null && limit.used >= limit.limit

  return (
    <li className="flex flex-wrap items-baseline gap-x-3">
      <span className="min-w-28 shrink-0 text-muted">{name}</span>
      <span className="tabular-nums">{usedWords(limit)}</span>
      {isUsedUp && <Badge tone="look" words="used up" />}
    </li>
  )
}

function Taint({ taint }: Readonly<{ taint: RunTaint }>) {
  return (
    <p>
      <Badge tone="look" words="tainted" /> since <Time at={taint.at} as="clock" isFocusable />
      {taint.by === null ? (
        ", as whoever runs the agent said"
      ) : (
        <>
          , when it called <span className="font-mono">{`${taint.by.server}/${taint.by.name}`}</span>
        </>
      )}
      <span className="text-muted">: it has read what is not trusted, and stays so</span>
    </p>
  )
}

function Tools({ rules }: Readonly<{ rules: Rules }>) {
  return (
    <div className="flex flex-col gap-1">
      {rules.allowed.length === 0 && <p className="text-muted">none: every call is refused</p>}
      <ul className="flex flex-wrap gap-x-5 gap-y-1">
        {rules.allowed.map(({ server, name, version, tier }) => (
          <li key={`${server}/${name}/${version}`} className="flex min-w-0 items-center gap-2">
            <TierMark tier={tier} />
            <span className="min-w-0 font-mono [overflow-wrap:anywhere]">{`${server}/${name} ${version}`}</span>
          </li>
        ))}
      </ul>
      {!rules.isNamed && rules.allowed.length > 0 && (
        <p className="text-muted">It named none when it was opened, so it gets all that may be used here.</p>
      )}
      {rules.refused.length > 0 && (
        <p>
          <Badge tone="off" words="asked for, not given" />{" "}
          <span className="font-mono [overflow-wrap:anywhere]">
            <Visible text={rules.refused.join(", ")} />
          </span>
        </p>
      )}
    </div>
  )
}
