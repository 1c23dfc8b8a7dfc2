import type { Caller, Reply } from "./api"
import { openRun } from "./calls"
import { file } from "./sized"

/** Tools, each named for what it does, with their tiers. */
export const askedTiers = {
  read: "T0_READ",
  write: "T2_IRREVERSIBLE_WRITE",
  send: "T4_IDENTITY_MONEY_OUTBOUND",
} as const

/** A call that a policy is asked about; of one new file in a run of its own, unless it says otherwise. */
export type Asked = Readonly<{
  tool?: keyof typeof askedTiers
  parts?: readonly object[]
  isDryRun?: boolean
  runId?: string
  run?: object
}>

export async function askFor(
  key: Caller,
  { tool = "write", parts = [file()], isDryRun, runId, run }: Asked,
): Promise<Reply> {
  return key.post("/api/v1/tool-calls", {
    runId: runId ?? (await openRun(key, run)),
    tool: { server: "workspace", name: tool, version: "1.0.0" },
    input: {},
    ...(parts.length === 0 ? {} : { change: { parts } }),
    ...(isDryRun === undefined ? {} : { dryRun: isDryRun }),
  })
}

/** `allowed`, `asked`, or the code of the first reason. */
export function said({ status, body }: Reply): string {
  if (status === 200) return "allowed"
  if (status === 202) return "asked"
  return String(body.reasons?.[0]?.code ?? body.code)
}
