import { WhyDisclosure } from "@/components/policies/why-disclosure"
import { ExplainAgain } from "@/components/replays/explain-again"
import { IdText } from "@/components/ui/id-text"
import { Visible } from "@/components/ui/visible"
import type { ApprovalView } from "@/lib/approvals/approval.schema"
import type { Counted, Uncounted } from "@/lib/approvals/quorum"
import { QuorumProgress } from "./quorum-progress"
import { ruleWords, stillNeeded } from "./rule-words"
import { AskedByFact, Fact, HashFact } from "./shared-facts"
import { UncountedVotes } from "./uncounted-votes"

type Props = Readonly<{
  approval: ApprovalView
  hashWords: readonly string[]
  /** The votes that count now, and those that do not. */
  quorum: Readonly<{ counted: Counted; uncounted: readonly Uncounted[] }>
}>

/** Everything else that the server knows about a request and that a decision may rest on. */
export function Facts({ approval, hashWords, quorum: { counted, uncounted } }: Props) {
  const approvals = approval.votes.filter((vote) => vote.decision === "approve").length
  const isPending = approval.status === "pending"
  const needed = isPending ? stillNeeded(approval.required, counted) : null
  const people = approval.required.reduce((sum, { count }) => sum + count, 0)

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
      {isPending && (people > 1 || uncounted.length > 0) && (
        <Fact name="Quorum">
          <QuorumProgress required={approval.required} counted={counted} />
          <UncountedVotes votes={approval.votes} uncounted={uncounted} />
        </Fact>
      )}
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
