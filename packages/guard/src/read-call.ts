import { inputDigest } from "./build-envelope.ts"
import type { Session } from "./session.ts"
import { canonicalize, type JsonValue } from "./canonical.ts"
import type { DeltasealClient, Outcome } from "./client.ts"
import type { ToolIdentity } from "./envelope.ts"
import { explainFault } from "./explain.ts"
import { GuardError } from "./guard-error.ts"
import { statusOf, subjectOf } from "./guarded-call.ts"
import type { Background } from "./background.ts"
import type { PermitVerifier } from "./permit.ts"
import { sha256Hex } from "./hashes.ts"
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
  read: () => Promise<Result>,
): Promise<Result | ToolResult> {
  const asked = `${tool.name} was called.`
  let executionId: string
  try {
    executionId = await permittedExecution(dependencies, tool, input)
  } catch (error) {
    return refusedResult(explainFault(asked, error, "Nothing was read."), { status: statusOf(error) })
  }

  try {
    const result = await read()
    dependencies.background.add(
      dependencies.client.reportOutcome(executionId, outcomeOfRead("applied", result)),
    )
    return result
  } catch (error) {
    dependencies.background.add(dependencies.client.reportOutcome(executionId, outcomeOfRead("failed", null)))
    return refusedResult(explainFault(asked, error, "Nothing was read."), {
      status: "tool_failed",
      executionId,
    })
  }
}

async function permittedExecution(
  { client, session, permits }: ReadDependencies,
  tool: ToolIdentity,
  input: JsonValue,
): Promise<string> {
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
  await permits.verify(permit, { ...subject, ...asked })
  return executionId
}

function outcomeOfRead(status: Outcome["status"], result: unknown): Outcome {
  return { status, observedAfter: [], output: outputOfRead(result), receipts: [] }
}

function outputOfRead(result: unknown): Outcome["output"] {
  if (result === null) return null
  try {
    const text = canonicalize(result as JsonValue)
    return { sha256: sha256Hex(text), redacted: `${text.length} characters` }
  } catch {
    // A result that is not JSON is the tool's business; it has no digest.
    return null
  }
}
