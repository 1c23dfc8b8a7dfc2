"use client"

import { useState } from "react"
import { TierField } from "@/components/ui/tier-field"
import type { Tier } from "@/lib/tools/tool"
import { TierWarning } from "./tier-warning"

/** A tool's tier, to be chosen on purpose; lowering the one it has is warned of. */
export function TierChoice({ current }: Readonly<{ current: Tier | null }>) {
  const [chosen, setChosen] = useState(current)

  return (
    <>
      <TierField
        legend="How much harm can it do?"
        name="tier"
        onChoose={setChosen}
        {...(current === null ? {} : { chosen: current })}
      />
      <TierWarning from={current} to={chosen} />
    </>
  )
}
