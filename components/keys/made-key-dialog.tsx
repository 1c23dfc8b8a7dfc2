"use client"

import { CopyButton } from "@/components/ui/copy-button"
import { Dialog } from "@/components/ui/dialog"
import { SecretPanel } from "@/components/ui/secret-panel"
import type { MadeKey } from "@/lib/keys/key.schema"

type Props = Readonly<{ made: MadeKey | null; onDone: (made: MadeKey) => void }>

/** The one look at a new key, with what to paste where a server reads its environment. */
export function MadeKeyDialog({ made, onDone }: Props) {
  return (
    <Dialog title="Your new key" isOpen={made !== null} onClose={() => undefined} isSticky size="wide">
      {made !== null && (
        <>
          <EnvironmentSnippet apiKey={made.apiKey} />
          <SecretPanel
            name="API key"
            secret={made.apiKey}
            note="Give it to the MCP server that it is for, where the agent cannot read it."
            onDone={() => onDone(made)}
          />
        </>
      )}
    </Dialog>
  )
}

function EnvironmentSnippet({ apiKey }: Readonly<{ apiKey: string }>) {
  const text = `DELTASEAL_URL=${location.origin}\nDELTASEAL_API_KEY=${apiKey}\n`

  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-center gap-1 text-sm text-muted">
        As environment variables
        <CopyButton text={text} label="Copy the environment variables" />
      </div>
      <pre className="overflow-x-auto rounded-md border border-line bg-surface px-3 py-2 font-mono text-xs break-all whitespace-pre-wrap">
        {text}
      </pre>
    </div>
  )
}
