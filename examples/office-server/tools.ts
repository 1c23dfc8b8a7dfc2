import type { ConfigPart, Guard, Plan, ToolContext, ToolHandler } from "@deltaseal/guard"
import type { WorkspaceFolder } from "../workspace-server/workspace-folder.ts"
import { definitionOf } from "./definitions.ts"
import { messageOf, type EmailInput, type Mailer } from "./email.ts"
import { callHook, type HookInput } from "./hook.ts"
import { OfficeError } from "./office-error.ts"
import { canConfine, commandOf, run, type ReportInput } from "./report.ts"
import type { Settings } from "./settings.ts"

export type ConfigInput = Readonly<{ name: string; text: string }>
export type MoveInput = Readonly<{ from: string; to: string }>

export type Office = Readonly<{
  settings: Pick<Settings, "from" | "folder" | "programs" | "sandbox" | "hookUrl">
  files: WorkspaceFolder
  configs: WorkspaceFolder
  send: Mailer
}>

/** The five tools, each of another kind of change, each behind the guard. */
export function createTools(guard: Guard, office: Office) {
  return {
    send_email: sendEmail(guard, office),
    set_config: setConfig(guard, office),
    run_report: runReport(guard, office),
    move_file: moveFile(guard, office),
    call_hook: callingHook(guard, office),
  } satisfies Record<string, ToolHandler<never>>
}

function sendEmail(guard: Guard, { settings, send }: Office) {
  return guard.guard<EmailInput, "message">(definitionOf("send_email"), {
    plan: (input, context) => ({
      parts: [{ kind: "message", target: { channel: "email" }, after: messageOf(input, settings.from) }],
      ...reasonIn(context),
    }),
    apply: async ({ parts: [part], executionId, dryRun }) => {
      if (part === undefined) throw new OfficeError("There is no message.")
      const { length } = part.after.recipients
      if (dryRun) return { text: `Would send it to ${length} recipients.` }
      const receipt = await send(part.after, executionId)
      const refused = receipt.refused === undefined ? "" : ` The mail server refused: ${receipt.refused}.`
      return {
        text: `Sent exactly as approved; ${receipt.accepted ?? "0"} of ${length} recipients were accepted.${refused}`,
        receipts: [receipt],
      }
    },
  })
}

function setConfig(guard: Guard, { configs }: Office) {
  const read = async (name: string) => {
    const found = await configs.read(name)
    if (found !== null && !("text" in found)) throw new OfficeError(`${name} is not a text.`)
    return found
  }
  return guard.guard<ConfigInput, "config">(definitionOf("set_config"), {
    observe: async ({ name }) => {
      const found = await read(name)
      return found === null ? null : { text: found.text }
    },
    plan: ({ name, text }, context) => ({
      parts: [
        { kind: "config", target: { system: "office", name }, format: formatOf(name), after: { text } },
      ],
      ...reasonIn(context),
    }),
    apply: async ({ parts: [part], dryRun }) => {
      if (!part?.after) throw new OfficeError("This server deletes nothing.")
      if (dryRun) return
      const before = await read(part.target.name)
      if (before?.text !== part.before?.text)
        throw new OfficeError(`${part.target.name} changed at the last moment.`)
      const mode = before?.mode === undefined ? {} : { mode: before.mode }
      await configs.write(part.target.name, { before, after: { ...part.after, ...mode } })
      return { text: `Wrote ${part.target.name} exactly as approved.` }
    },
  })
}

function runReport(guard: Guard, { settings }: Office) {
  const { programs, folder, sandbox } = settings
  return guard.guard<ReportInput, "command">(definitionOf("run_report"), {
    plan: (input, context) => ({
      parts: [{ kind: "command", target: { runner: "office" }, after: commandOf(input, programs, folder) }],
      ...reasonIn(context),
    }),
    sandbox: async ({ network }) => network === "none" && (await canConfine(sandbox)),
    apply: async ({ parts: [part], executionId, dryRun, signal }) => {
      if (part === undefined) throw new OfficeError("There is no command.")
      if (dryRun) return { text: `Would run ${part.after.argv.join(" ")}.` }
      const { ended, output } = await run(part.after, { sandbox, signal })
      const receipts = [{ type: "command", id: executionId, exit: ended }]
      return { text: `Ran exactly as approved (exit: ${ended}).\n${output}`, receipts }
    },
  })
}

function moveFile(guard: Guard, { files }: Office) {
  return guard.guard<MoveInput>(definitionOf("move_file"), {
    observe: async ({ path }) => await files.read(path),
    plan: ({ from, to }, context) => ({
      parts: [{ target: { workspace: "office", path: to, from } }],
      ...reasonIn(context),
    }),
    apply: async ({ parts: [part], dryRun }) => {
      const { before, target } = part ?? nothingToMove()
      if (before === null || target.from === undefined) return nothingToMove()
      if (dryRun) return
      await files.move(target.from, target.path, before)
      return { text: `Moved ${target.from} to ${target.path} exactly as approved.` }
    },
  })
}

function callingHook(guard: Guard, { settings }: Office) {
  return guard.guard<HookInput, "call">(definitionOf("call_hook"), {
    plan: (_input, context) => ({ parts: [{ kind: "call" }], ...reasonIn(context) }),
    apply: async ({ input, executionId, egress, dryRun }) => {
      if (dryRun) return { text: `Would post ${input.event}.` }
      const status = await callHook({ url: settings.hookUrl, input, executionId, egress })
      const receipts = [{ type: "call", id: executionId, status: String(status) }]
      return { text: `Posted exactly as approved; the endpoint answered ${status}.`, receipts }
    },
  })
}

function nothingToMove(): never {
  throw new OfficeError("There is nothing to move.")
}

/** @throws OfficeError for a name that says no format */
function formatOf(name: string): ConfigPart["format"] {
  if (name.endsWith(".json")) return "json"
  if (name.endsWith(".toml")) return "toml"
  if (/\.ya?ml$/.test(name)) return "yaml"
  throw new OfficeError("A config's name ends in .json, .yaml, .yml or .toml.")
}

/** The agent's own words for why: they are shown to people and are not part of the change. */
function reasonIn(context: ToolContext | undefined): Pick<Plan, "reason"> {
  const reason = context?.mcpReq?._meta?.["deltaseal/reason"]
  return typeof reason === "string" && reason !== "" ? { reason } : {}
}
