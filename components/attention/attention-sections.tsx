import { Section } from "@/components/layout/section"
import { Visible } from "@/components/ui/visible"
import { hurriedSize } from "@/lib/attention/attention"
import type { AttentionView } from "@/lib/attention/attention.schema"
import { AttentionFacts } from "./attention-facts"
import { hurriedWords } from "./attention-words"
import { CanaryTable } from "./canary-table"
import { GroupTable } from "./group-table"
import { SizeTable } from "./size-table"

/** How changes are decided: all together first, then by client and tool, and people where there is enough to say. */
export function AttentionSections({ view }: Readonly<{ view: AttentionView }>) {
  const { total, clients, tools, people, personDecisionsMin, quickSeconds } = view

  return (
    <>
      <Section title="All together">
        <AttentionFacts summary={total} quickSeconds={quickSeconds} />
      </Section>
      <Hints tools={tools} />
      <CanaryTable clients={view.canaries} />
      <Section title="By the size of the change" isFlush>
        <SizeTable sizes={total.sizes} />
      </Section>
      {clients.length > 1 && (
        <Section title="By client" isFlush>
          <GroupTable
            label="Clients"
            head="Client"
            rows={clients}
            keyOf={({ tenantId }) => tenantId}
            nameOf={({ name }) => <Visible text={name} />}
          />
        </Section>
      )}
      <Section title="By tool" isFlush>
        <GroupTable
          label="Tools"
          head="Tool"
          rows={tools}
          keyOf={({ tenantId, server, tool }) => `${tenantId} ${server} ${tool}`}
          nameOf={({ server, tool, tenantName }) => (
            <span className="flex flex-wrap items-baseline gap-x-2">
              <span className="font-mono text-xs">
                <Visible text={`${server} · ${tool}`} />
              </span>
              {clients.length > 1 && (
                <span className="text-xs font-normal text-faint">
                  <Visible text={tenantName} />
                </span>
              )}
            </span>
          )}
        />
      </Section>
      <Section title="By reviewer" isFlush={people.length > 0}>
        {people.length === 0 ? (
          <p className="text-sm text-muted">
            Nobody made {personDecisionsMin} decisions in this time. Fewer say nothing of anybody, so they
            stand above only.
          </p>
        ) : (
          <>
            <GroupTable
              label="Reviewers"
              head="Reviewer"
              rows={people}
              keyOf={({ personId }) => personId}
              nameOf={({ name }) => <Visible text={name} />}
            />
            <p className="px-4 pt-2 text-sm text-muted md:px-6">
              By name, from {personDecisionsMin} decisions on. Who gets the long changes takes longer; ask
              before you conclude. Everybody sees their own numbers on their account page.
            </p>
          </>
        )}
      </Section>
    </>
  )
}

function Hints({ tools }: Pick<AttentionView, "tools">) {
  const hints = tools.flatMap((tool) => {
    const size = hurriedSize(tool)
    return size === null ? [] : [{ tool, words: hurriedWords(size) }]
  })
  if (hints.length === 0) return null

  return (
    <Section title="Worth a thought">
      <ul className="flex flex-col gap-2 text-sm">
        {hints.map(({ tool: { tenantId, tenantName, server, tool }, words }) => (
          <li key={`${tenantId} ${server} ${tool}`} className="flex flex-wrap items-baseline gap-x-2">
            <span className="font-mono text-xs">
              <Visible text={`${server} · ${tool}`} />
            </span>
            <span className="text-faint">
              <Visible text={tenantName} />
            </span>
            <span>{words}</span>
          </li>
        ))}
      </ul>
    </Section>
  )
}
