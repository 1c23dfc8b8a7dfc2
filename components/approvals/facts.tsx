import type { ReactNode } from "react"
import { WhyDisclosure } from "@/components/policies/why-disclosure"
import { ExplainAgain } from "@/components/replays/explain-again"
import { CopyButton } from "@/components/ui/copy-button"
import { IdText } from "@/components/ui/id-text"
import { Time } from "@/components/ui/time"
import { Visible } from "@/components/ui/visible"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { ruleWords, stillNeeded } from "./rule-words"

type Props = Readonly<{ approval: ApprovalView; hashWords: readonly string[] }>

/** Everything else that the server knows about a request and that a decision may rest on. */
export function Facts({ approval, hashWords }: Props) {
  const approvals = approval.votes.filter((vote) => vote.decision === "approve").length
  const needed = approval.status === "pending" ? stillNeeded(approval.required, approvals) : null

  return (
    <dl className="flex flex-col gap-3 text-sm">
      <Fact name="Hash">
        <span className="font-mono">{hashWords.join("-")}</span>
        <span className="flex items-center gap-1 font-mono text-muted">
          {approval.changeHash.slice(0, 8)}
          <CopyButton text={approval.changeHash} label="Copy the full hash" />
        </span>
      </Fact>
      <Fact name="Why was I asked?">
        <WhyDisclosure
          words={
            <>
              {approval.matchedRule === null ? (
                ruleWords(approval)
              ) : (
                <>
                  rule “<Visible text={approval.matchedRule} />”
                </>
              )}{" "}
              (policy version {approval.policyVersion})
            </>
          }
          checks={approval.checks}
        />
        <ExplainAgain callId={approval.callId} />
      </Fact>
      {needed !== null && <Fact name="Still needed">{needed}</Fact>}
      {approval.stepUpRequired && (
        <Fact name="Signed votes">
          Each approving vote is signed by its voter’s authenticator.
          {approvals > 0 && (
            <a
              href={`/api/v1/approvals/${approval.approvalId}/evidence`}
              download={`${approval.approvalId}-evidence.json`}
              className="underline underline-offset-4"
            >
              Download what was signed
            </a>
          )}
        </Fact>
      )}
      <Targets parts={approval.parts} />
      <Fact name="Run">
        <IdText id={approval.runId} label="Copy the run's id" href={`/runs/${approval.runId}`} />
        <span className="text-muted">
          {approval.run.status === "open" ? "open" : "closed"}, <Visible text={approval.run.workflow} />,{" "}
          {approval.run.environment}
          {approval.run.step !== null && (
            <>
              , step <Visible text={approval.run.step} />
            </>
          )}
        </span>
      </Fact>
      <Fact name="Asked by">
        <span>
          agent <Visible text={approval.requestedBy.actor} />
          {approval.requestedBy.model !== null && (
            <>
              {" "}
              with <Visible text={approval.requestedBy.model} />
            </>
          )}
        </span>
        <span className="text-muted">
          <Time at={approval.requestedAt} as="age" isFocusable />, key{" "}
          <span className="font-mono text-xs">{approval.requestedBy.keyPrefix}…</span>
        </span>
      </Fact>
      <Fact name="Approval">
        <IdText id={approval.approvalId} label="Copy the approval's id" />
      </Fact>
    </dl>
  )
}

function Fact({ name, children }: Readonly<{ name: string; children: ReactNode }>) {
  return (
    <div className="grid grid-cols-[112px_minmax(0,1fr)] gap-2">
      <dt className="text-faint">{name}</dt>
      <dd className="flex min-w-0 flex-col">{children}</dd>
    </div>
  )
}

function Targets({ parts }: Readonly<{ parts: ApprovalView["parts"] }>) {
  if (parts.length !== 1) return null

  return (
    <Fact name="Target">
      {parts.map(({ kind, target }, index) => (
        <span key={index} className="font-mono text-xs leading-5">
          {kind}{" "}
          {Object.entries(target).map(([name, value]) => (
            <span key={name} className="block">
              <span className="text-muted">{name}</span> <Visible text={value} />
            </span>
          ))}
        </span>
      ))}
    </Fact>
  )
}
