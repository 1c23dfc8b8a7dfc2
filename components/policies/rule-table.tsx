import { Badge } from "@/components/ui/badge"
import { DataTable } from "@/components/ui/data-table"
import { Visible } from "@/components/ui/visible"
import type { PolicyDocument, PolicyRule } from "@/lib/policies/policy"
import { effectWords, limitWords, matchWords, restrictionWords, stageWords } from "./rule-words"

/** What a policy says, a rule a row, and under it what it says as a whole. */
export function RuleTable({ document }: Readonly<{ document: PolicyDocument }>) {
  const limits = document.limits === undefined ? [] : limitWords(document.limits)

  return (
    <>
      <DataTable
        label="Rules"
        rows={document.rules}
        keyOf={({ name }) => name}
        columns={[
          { head: "Rule", cell: (rule) => <Name rule={rule} /> },
          { head: "Concerns", cell: (rule) => <Concerns rule={rule} />, onPhone: "bare" },
          { head: "Effect", cell: (rule) => <Effect rule={rule} />, onPhone: "bare" },
          { head: "Held to", cell: (rule) => <Lines lines={restrictionWords(rule)} />, onPhone: heldOnPhone },
        ]}
      />
      {(limits.length > 0 || document.tainted !== undefined || document.selfReview === true) && (
        <div className="flex flex-col gap-1 px-4 pt-3 text-sm md:px-6">
          {document.selfReview === true && <p>{selfReviewed}</p>}
          {document.tainted !== undefined && <p>{taintedWords[document.tainted]}</p>}
          {limits.length > 0 && (
            <div className="flex gap-2">
              <span className="text-faint">At most</span>
              <Lines lines={limits} />
            </div>
          )}
        </div>
      )}
    </>
  )
}

const selfReviewed =
  "Self-review: while only one person of the agency can decide at all, that one may approve what they ask for themselves, up to tier T2."

const taintedWords = {
  ignore: "Writes of a run that has read what nobody vouches for are decided like any others.",
  require_approval: "Every write of a run that has read what nobody vouches for asks people.",
  deny: "Every write of a run that has read what nobody vouches for is denied.",
} as const

function heldOnPhone(rule: PolicyRule): "named" | "hidden" {
  return restrictionWords(rule).length === 0 ? "hidden" : "named"
}

function Name({ rule: { name, description } }: Readonly<{ rule: PolicyRule }>) {
  return (
    <span className="flex flex-col">
      <span className="font-mono">{name}</span>
      {description !== undefined && (
        <span className="font-normal text-muted">
          <Visible text={description} />
        </span>
      )}
    </span>
  )
}

function Concerns({ rule }: Readonly<{ rule: PolicyRule }>) {
  const pieces = matchWords(rule)

  return (
    <span className="flex flex-col md:max-w-md md:whitespace-normal">
      {pieces.length === 0 && <span className="text-muted">any call</span>}
      {pieces.map(({ name, values }) => (
        <span key={name}>
          <span className="text-faint">{name}</span>{" "}
          <span className="font-mono text-xs">
            <Visible text={values.join(", ")} />
          </span>
        </span>
      ))}
      {rule.when !== undefined && (
        <span>
          <span className="text-faint">when</span>{" "}
          <code className="text-xs">
            <Visible text={rule.when} />
          </code>
        </span>
      )}
    </span>
  )
}

function Effect({ rule: { effect, approval } }: Readonly<{ rule: PolicyRule }>) {
  const stages = stageWords(approval)

  return (
    <span className="flex flex-col">
      <Badge {...effectWords[effect]} />
      {stages !== null && <span className="text-muted">{stages}</span>}
    </span>
  )
}

function Lines({ lines }: Readonly<{ lines: readonly string[] }>) {
  return (
    <ul className="flex flex-col md:max-w-xs md:whitespace-normal">
      {lines.map((line) => (
        <li key={line}>
          <Visible text={line} />
        </li>
      ))}
    </ul>
  )
}
