import { CopyButton } from "@/components/ui/copy-button"
import { Fact, FactList } from "@/components/ui/fact-list"
import { TierMark } from "@/components/ui/tier-mark"
import { tierWords } from "@/components/ui/tier-words"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { ToolDetail } from "@/lib/tools/tool.schema"

type Props = Readonly<{ tool: ToolDetail; tenantName: string }>

/** Everything that the server knows of a tool. */
export function ToolFacts({ tool, tenantName }: Props) {
  const { acceptedBy, acceptedAt, offeredAt, offeredBy, definitionHash, offeredHash, tier } = tool

  return (
    <FactList>
      <Fact name="Client">
        <Visible text={tenantName} />
      </Fact>
      <Fact name="Server">
        <span className="font-mono">{tool.server}</span>
      </Fact>
      <Fact name="Version">
        <span className="font-mono">{tool.version}</span>
      </Fact>
      <Fact name="Tier">
        {tier === null ? (
          <span className="text-faint">none yet</span>
        ) : (
          <span className="inline-flex items-center gap-2">
            <TierMark tier={tier} /> {tierWords[tier].words}
          </span>
        )}
      </Fact>
      <Fact name="Accepted">
        {acceptedBy === null || acceptedAt === null ? (
          <span className="text-faint">never</span>
        ) : (
          <>
            by <Visible text={acceptedBy.name} />, <Time at={acceptedAt} as="age" isFocusable />
          </>
        )}
      </Fact>
      <Fact name="Open approvals">{tool.openApprovals}</Fact>
      {definitionHash !== null && <HashFact name="Accepted hash" hash={definitionHash} />}
      {offeredHash !== null && <HashFact name="Offered hash" hash={offeredHash} />}
      {offeredAt !== null && (
        <Fact name="Offered">
          <Time at={offeredAt} as="age" isFocusable />
          {offeredBy !== null && (
            <>
              {" "}
              by key <Visible text={offeredBy.name} />{" "}
              <span className="font-mono text-xs text-faint">{offeredBy.prefix}…</span>
            </>
          )}
        </Fact>
      )}
    </FactList>
  )
}

function HashFact({ name, hash }: Readonly<{ name: string; hash: string }>) {
  return (
    <Fact name={name}>
      <span className="inline-flex items-center gap-1 font-mono text-xs">
        {hash.slice(0, 8)} <CopyButton text={hash} label={`Copy the ${name.toLowerCase()}`} />
      </span>
    </Fact>
  )
}
