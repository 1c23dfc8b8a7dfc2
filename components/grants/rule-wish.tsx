"use client"

import { useState } from "react"
import type { ApiAnswer } from "@/components/ui/call-api"
import { RadioGroup } from "@/components/ui/choice-group"
import { Fact, FactList } from "@/components/ui/fact-list"
import { SelectField, TextField } from "@/components/ui/field"
import { Form } from "@/components/ui/form"
import { LinesField } from "@/components/ui/lines-field"
import { Visible } from "@/components/ui/visible"
import type { GrantBasis } from "@/lib/grants/grant-basis"
import { durations, fieldChoices, pathChoices, wishOf } from "./wish-choices"
import type { GrantWishBody } from "./use-rule-steps"

type Props = Readonly<{
  basis: GrantBasis
  send: (wish: GrantWishBody) => Promise<ApiAnswer>
  onCancel: () => void
}>

/** What the rule is to let through: what is fixed by the decision, and what can be chosen. */
export function RuleWish({ basis, send, onCancel }: Props) {
  return (
    <>
      <p className="text-muted">
        Calls like this one pass without asking, so often and so long as you say. A call that is outside of it
        in anything is asked for as before.
      </p>
      <Fixed basis={basis} />
      <Form
        words="Show what it changes"
        busyWords="Comparing…"
        onCancel={onCancel}
        send={(fields) => send(wishOf(fields, basis, Date.now()))}
        onDone={() => undefined}
      >
        {basis.paths !== null && <Paths paths={basis.paths} />}
        {basis.fields !== null && <Fields fields={basis.fields} />}
        <div className="grid gap-4 md:grid-cols-2">
          <TextField
            label="How often, at most"
            name="maxUses"
            type="number"
            inputMode="numeric"
            min={1}
            max={1_000}
            step={1}
            defaultValue={10}
            hint="Each call that passes takes one use, whatever becomes of it."
          />
          <SelectField
            label="For how long, at most"
            name="until"
            defaultValue="604800"
            options={durations}
            hint="From now, not from when somebody agrees."
          />
        </div>
      </Form>
    </>
  )
}

function Fixed({ basis: { tool, where, ops, recipients, isDryRun } }: Readonly<{ basis: GrantBasis }>) {
  return (
    <FactList>
      <Fact name="Tool">
        <span className="font-mono">
          <Visible text={tool} />
        </span>
      </Fact>
      <Fact name="May">{ops.join(", ")}</Fact>
      <Fact name="In">
        <Visible text={where} />
      </Fact>
      {recipients.length > 0 && (
        <Fact name="Messages to">
          <span className="font-mono">
            <Visible text={recipients.join(", ")} />
          </span>
        </Fact>
      )}
      {isDryRun && <Fact name="Only">as a dry run</Fact>}
    </FactList>
  )
}

function Paths({ paths }: Readonly<{ paths: NonNullable<GrantBasis["paths"]> }>) {
  const choices = pathChoices(paths)
  const [chosen, setChosen] = useState(choices[0]?.value ?? "other")

  return (
    <>
      {choices.length > 1 && (
        <RadioGroup
          legend="Which files"
          name="pathKind"
          choices={choices}
          chosen={chosen}
          onChoose={setChosen}
        />
      )}
      {chosen === "other" && (
        <LinesField
          label="Files"
          name="paths"
          lines={paths.exact}
          hint="One a line. * and ? stay inside a folder, ** is any number of folders."
        />
      )}
    </>
  )
}

function Fields({ fields }: Readonly<{ fields: readonly string[] }>) {
  const choices = fieldChoices(fields)
  const [chosen, setChosen] = useState(choices[0]?.value ?? "other")

  return (
    <>
      <RadioGroup
        legend="Which fields"
        name="fieldKind"
        choices={choices}
        chosen={chosen}
        onChoose={setChosen}
      />
      {chosen === "other" && (
        <LinesField
          label="Fields"
          name="fields"
          lines={fields.filter((field) => field !== "")}
          hint="JSON Pointers, one a line: /lifecycleStage for a field. What is below a field goes with it."
        />
      )}
    </>
  )
}
