import type { JSONWebKeySet } from "jose"
import type { RegisteredTool } from "./answers.ts"
import type { Applied, ApprovedChange } from "./approved-change.ts"
import type { ClientOptions, RunRequest } from "./client.ts"
import type { ConfigDigest } from "./config-part.ts"
import type { GuardedKind, GuardedKinds } from "./guarded-kinds.ts"
import type { ToolDefinition } from "./hashes.ts"
import type { Plan } from "./proposal.ts"
import type { Confine } from "./sandbox.ts"
import type { Recovered } from "./recover.ts"
import type { ToolContext, ToolResult } from "./tool-result.ts"

export type GuardOptions = ClientOptions &
  Readonly<{
    /** This MCP server, by the name it is registered with. */
    server: Readonly<{ name: string }>
    /** The run to work in: one to open on the first call, or one that is open. */
    run: RunRequest | Readonly<{ runId: string }>
    /** What permits name as issuer; the origin of `url` when not given. */
    issuer?: string
    /** Permit keys known beforehand; else they are fetched from the server. */
    keys?: JSONWebKeySet
    /** Where decisions being spent are journalled. Private to the user this server runs as. */
    stateDirectory?: string
    /** Reads configs that are not JSON; from `@deltaseal/guard/config`. */
    configDigest?: ConfigDigest
    /** How long a call waits for people at most; an approval may expire before. */
    waitSeconds?: number
    /** Hears of what no caller can be told: a withdrawal or a report that failed in the background. */
    onWarning?: (message: string) => void
  }>

/** A tool as registered: its definition as the MCP server lists it, and its version. */
export type GuardedTool = ToolDefinition & { version: string }

/**
 * How a tool that changes something works: it looks, it plans, and only when
 * allowed it applies. `Kind` says what it changes; files when not given.
 */
export type ToolHandlers<Input, Kind extends GuardedKind = "file"> = Readonly<{
  /** Proposes the change; may read, must not write. The call's context may say why it is asked for. */
  plan: (input: Input, context?: ToolContext) => Promise<Plan<Kind>> | Plan<Kind>
  /** Writes exactly `change.parts`; runs at most once per decision. May say what the model reads and give receipts. */
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a tool with nothing to say returns nothing
  apply: (change: ApprovedChange<Input, Kind>) => Promise<Applied | void> | Applied | void
  /** Needed by tools of tier T3: says whether what `apply` starts will be confined as the permit demands. */
  sandbox?: Confine
  /**
   * False for a tool whose parts only make sense together: where people approve some of them, nothing is carried out.
   * Any other tool carries out exactly `change.parts`, which may be fewer than it planned.
   */
  partial?: boolean
}> &
  Observing<GuardedKinds[Kind]>

/** Tools that only send, execute or call have nothing to look at. */
type Observing<Made extends GuardedKinds[GuardedKind]> = [Made["place"]] extends [never]
  ? Readonly<{ observe?: undefined }>
  : Readonly<{
      /** Reads what is at a target right now; null when nothing is. */
      observe: (target: Readonly<Made["place"]>) => Promise<Made["content"] | null> | Made["content"] | null
    }>

export type ToolHandler<Input, Result = ToolResult> = (input: Input, context?: ToolContext) => Promise<Result>

export type Guard = Readonly<{
  /** Wraps a tool that changes something. The result is a handler for an MCP server's `registerTool`. */
  guard: <Input, Kind extends GuardedKind = "file">(
    tool: GuardedTool,
    handlers: ToolHandlers<Input, Kind>,
  ) => ToolHandler<Input>
  /** Wraps a tool that only reads (T0): it is asked for and recorded, and proposes no change. */
  read: <Input, Result extends object>(
    tool: GuardedTool,
    handler: (
      input: Input,
      context: ToolContext | undefined,
      /** Aborts when the time that policy allows is over. */
      signal: AbortSignal,
    ) => Promise<Result> | Result,
  ) => ToolHandler<Input, Result | ToolResult>
  /** Registers the tools wrapped so far, one after the other; the key needs the scope `tools:register`. */
  register: () => Promise<RegisteredTool[]>
  /** Finishes what a killed process left of the tools wrapped so far. Runs by itself as each tool is wrapped. */
  recover: () => Promise<Recovered[]>
  /** Waits for reports under way and closes the run, if this guard opened it. */
  close: () => Promise<void>
}>
