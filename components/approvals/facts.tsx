import { WhyDisclosure } from "@/components/policies/why-disclosure"
import { ExplainAgain } from "@/components/replays/explain-again"
import { IdText } from "@/components/ui/id-text"
import { Visible } from "@/components/ui/visible"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import { ruleWords, stillNeeded } from "./rule-words"
import { AskedByFact, Fact, HashFact } from "./shared-facts"

type Props = Readonly<{ approval: ApprovalView; hashWords: readonly string[] }>

/** Everything else that the server knows about a request and that a decision may rest on. */
export function Facts({ approval, hashWords }: Props) {
  const approvals = approval.votes.filter((vote) => vote.decision === "approve").length
  const needed = approval.status === "pending" ? stillNeeded(approval.required, approvals) : null

  return (
    <dl className="flex flex-col gap-3 text-sm">
      <HashFact hash={approval.changeHash} words={hashWords} />
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
      <AskedByFact by={approval.requestedBy} at={approval.requestedAt} />
      <Fact name="Approval">
        <IdText id={approval.approvalId} label="Copy the approval's id" />
      </Fact>
    </dl>
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
