"use client"

import type { Tier } from "@/lib/tools/tool"
import { RadioGroup } from "./choice-group"
import { TierMark } from "./tier-mark"
import { tierWords } from "./tier-words"

type Props = Readonly<{
  legend: string
  name: string
  chosen?: Tier
  hint?: string
  onChoose?: (tier: Tier) => void
}>

/** How much harm a tool can do; each tier says what follows from it. */
export function TierField({ legend, name, chosen, hint, onChoose }: Props) {
  return (
    <RadioGroup
      legend={legend}
      name={name}
      choices={(Object.keys(follows) as Tier[]).map((tier) => ({
        value: tier,
        words: tierWords[tier].words,
        hint: follows[tier],
        mark: <TierMark tier={tier} />,
      }))}
      {...(chosen === undefined ? {} : { chosen })}
      {...(hint === undefined ? {} : { hint })}
      {...(onChoose === undefined ? {} : { onChoose: (value: string) => onChoose(value as Tier) })}
    />
  )
}

const follows: Readonly<Record<Tier, string>> = {
  T0_READ: "Changes nothing. Runs when it is allowed; it is on record.",
  T1_REVERSIBLE_WRITE: "Can be undone. Runs when it is allowed, and what it changes is on record.",
  T2_IRREVERSIBLE_WRITE: "Cannot be undone. A reviewer has to approve each change.",
  T3_EXECUTE: "Runs code or commands. A reviewer has to approve each one.",
  T4_IDENTITY_MONEY_OUTBOUND:
    "Touches identities or money, or speaks to the outside. A reviewer has to approve each call.",
}
