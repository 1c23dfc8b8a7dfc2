/**
 * The change and its hash: what the server, the guard and anyone who checks
 * them must compute alike. Depends on nothing but Node's own SHA-256; configs that
 * are not JSON take `@deltaseal/guard/config` as well.
 */
export { canonicalize, isWellFormed, type JsonObject, type JsonValue } from "./canonical.ts"
export { ChangeError, type ChangeErrorCode } from "./change-error.ts"
export {
  contentBytes,
  contentBytesMax,
  fileContent,
  fileState,
  type AbsentState,
  type FileContent,
  type FileMode,
  type ObservedState,
  type PresentState,
  type State,
} from "./content.ts"
export {
  buildEnvelope,
  inputDigest,
  type CallPart,
  type ChangePart,
  type EnvelopeOptions,
  type FilePart,
  type ProposedChange,
} from "./build-envelope.ts"
export { assertCommand, type CommandContent, type CommandPart, type EnvironmentVariable } from "./command.ts"
export {
  configBytes,
  jsonConfigDigest,
  yamlBytesMax,
  type ConfigContent,
  type ConfigDigest,
  type ConfigFormat,
  type ConfigPart,
} from "./config-part.ts"
export { jsonBytes } from "./json-content.ts"
export {
  assertMessage,
  type Attachment,
  type MessageContent,
  type MessagePart,
  type Recipient,
  type RecipientRole,
} from "./message.ts"
export {
  assertEnvelope,
  changeHash,
  type Envelope,
  type EnvelopePart,
  type ToolIdentity,
} from "./envelope.ts"
export { partsMax } from "./envelope-parts.ts"
export {
  commitment,
  planHash,
  sha256Hex,
  toolHash,
  type PlannedChanges,
  type ToolDefinition,
} from "./hashes.ts"
export { assertName, assertPath, assertVersion } from "./names.ts"
export type { PartKind, PartOp } from "./part-kinds.ts"
export { applyPatch, patchWorkMax, type PatchOperation } from "./json-patch.ts"
export { pointerToken } from "./json-pointer.ts"
export {
  recordAfter,
  recordBytes,
  recordState,
  type PatchedRecordPart,
  type RecordPart,
  type RecordTarget,
} from "./record.ts"
export { parseStrictJson } from "./strict-json.ts"
export { StrictJsonError, type StrictJsonErrorCode } from "./strict-json-error.ts"
export { stepUpChallenge, type StepUpChallenge } from "./step-up.ts"
