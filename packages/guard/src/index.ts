/** The public face of the guard: what an MCP server needs, and the REST client under it. */
export { createGuard } from "./guard.ts"
export type { Guard, GuardedTool, GuardOptions, ToolHandler, ToolHandlers } from "./guard-options.ts"
export type { Plan, PlannedPart } from "./proposal.ts"
export type { FilePlace, GuardedKind, GuardedPart, RecordContent } from "./guarded-kinds.ts"
export type { PatchOperation } from "./json-patch.ts"
export type { CallPart, FilePart } from "./build-envelope.ts"
export type { CommandContent, CommandPart } from "./command.ts"
export type { ConfigContent, ConfigPart } from "./config-part.ts"
export type { MessageContent, MessagePart } from "./message.ts"
export type { RecordPart, RecordTarget } from "./record.ts"
export { UncertainError, type Applied, type ApprovedChange } from "./approved-change.ts"
export type { Exemption, PermitTerms } from "./permit-terms.ts"
export type { Confine, Confinement, Sandbox } from "./sandbox.ts"
export type { Recovered } from "./recover.ts"
export type { DecisionMeta, ToolContext, ToolResult } from "./tool-result.ts"
export { contentBytes, fileContent, type FileContent, type FileMode } from "./content.ts"
export {
  DeltasealClient,
  type ClientOptions,
  type ConsumeRequest,
  type Outcome,
  type Receipt,
  type RunRequest,
  type ToolCallRequest,
  type ToolRegistration,
  type WaitOptions,
} from "./client.ts"
export type {
  Approval,
  ApprovalStatus,
  Consumed,
  RegisteredTool,
  Reported,
  Run,
  RunToken,
  Tier,
  ToolCallAnswer,
  Vote,
} from "./answers.ts"
export type { CallPlan, CallPlanRequest, CallPlanStatus, IntendedCall } from "./call-plan.ts"
export {
  createPermitVerifier,
  type ExpectedPermit,
  type Permit,
  type PermitOptions,
  type PermitVerifier,
} from "./permit.ts"
export { GuardError, ProblemError, type GuardErrorCode, type Reason } from "./guard-error.ts"
