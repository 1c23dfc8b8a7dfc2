import { inputDigest } from "./build-envelope.ts"
import type { Session } from "./session.ts"
import { canonicalize, type JsonValue } from "./canonical.ts"
import type { DeltasealClient, Outcome } from "./client.ts"
import type { ToolIdentity } from "./envelope.ts"
import { explainFault } from "./explain.ts"
import { GuardError } from "./guard-error.ts"
import { statusOf, subjectOf } from "./guarded-call.ts"
import type { Background } from "./background.ts"
import type { Permit, PermitVerifier } from "./permit.ts"
import { sha256Hex } from "./hashes.ts"
import { withinTime } from "./time-limit.ts"
import { refusedResult, type ToolResult } from "./tool-result.ts"

export type ReadDependencies = Readonly<{
  client: DeltasealClient
  permits: PermitVerifier
  session: Session
  /** Where reports run: a reader need not wait for them. */
  background: Background
}>

/** A call that reads and proposes nothing: asked, permitted, run, reported. */
export async function callRead<Result>(
  dependencies: ReadDependencies,
  tool: ToolIdentity,
  input: JsonValue,
  read: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | ToolResult> {
  const asked = `${tool.name} was called.`
  let permit: Permit
  try {
    permit = await permitFor(dependencies, tool, input)
  } catch (error) {
    return refusedResult(explainFault(asked, error, "Nothing was read."), { status: statusOf(error) })
  }

  const { executionId, timeoutSeconds, outputBytes } = permit
  const report = (status: Outcome["status"], output: Outcome["output"]) => {
    const outcome = { status, observedAfter: [], output, receipts: [] }
    dependencies.background.add(dependencies.client.reportOutcome(executionId, outcome))
  }
  let output: Outcome["output"] = null
  try {
    const result = await withinTime(timeoutSeconds, read)
    output = outputOfRead(result)
    assertFits(result, outputBytes)
    report("applied", output)
    return result
  } catch (error) {
    report("failed", output)
    const status = error instanceof GuardError ? error.code : "tool_failed"
    return refusedResult(explainFault(asked, error, "Nothing was read."), { status, executionId })
  }
}

/** What cannot be measured is not let through where there is a limit. */
function assertFits(result: unknown, bytesMax: number | null): void {
  if (bytesMax === null) return
  const text = JSON.stringify(result) as string | undefined
  const bytes = text === undefined ? Infinity : Buffer.byteLength(text, "utf8")
  if (bytes <= bytesMax) return
  throw new GuardError("output_too_large", `Its output has ${bytes} bytes, and policy allows ${bytesMax}.`)
}

async function permitFor(
  { client, session, permits }: ReadDependencies,
  tool: ToolIdentity,
  input: JsonValue,
): Promise<Permit> {
  const subject = subjectOf(await session.run(), tool)
  const { server, name, version } = tool
  await permits.ready()
  const answer = await client.requestToolCall({
    runId: subject.runId,
    tool: { server, name, version },
    input,
  })
  if (answer.decision !== "allow") {
    await client.cancel(answer.approval.approvalId)
    throw new GuardError("invalid_configuration", "A tool that only reads cannot wait for an approval.")
  }

  const { executionId, permit } = answer
  const asked = { executionId, inputDigest: inputDigest(input), changeHash: null, approvalId: null }
  return await permits.verify(permit, { ...subject, ...asked })
}

function outputOfRead(result: unknown): Outcome["output"] {
  try {
    const text = canonicalize(result as JsonValue)
    return { sha256: sha256Hex(text), redacted: `${text.length} characters` }
  } catch {
    // A result that is not JSON is the tool's business; it has no digest.
    return null
  }
}
