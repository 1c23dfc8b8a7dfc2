import type {
  ApprovedChange,
  Applied,
  FileContent,
  Guard,
  Plan,
  ToolContext,
  ToolHandler,
} from "@deltaseal/guard"
import { contentBytes } from "@deltaseal/guard"
import { definitionOf } from "./definitions.ts"
import { replaceOnce } from "./replace-once.ts"
import type { WorkspaceFolder } from "./workspace-folder.ts"
import { WorkspaceError } from "./workspace-error.ts"

export type ListInput = Readonly<{ directory?: string }>
export type PathInput = Readonly<{ path: string }>
export type WriteInput = PathInput & Readonly<{ content: string }>
export type EditInput = PathInput & Readonly<{ find: string; replace: string }>

/** The four tools, each behind the guard. */
export function createTools(guard: Guard, folder: WorkspaceFolder, workspace: string) {
  const effects = {
    observe: async ({ path }: PathInput) => await folder.read(path),
    apply: async (change: ApprovedChange) => await applyTo(folder, change),
  }

  return {
    list_files: guard.read(definitionOf("list_files"), async ({ directory }: ListInput) =>
      said(await listed(folder, directory)),
    ),
    read_file: guard.read(definitionOf("read_file"), async ({ path }: PathInput) =>
      said(textOf(path, await folder.read(path))),
    ),
    write_file: guard.guard<WriteInput>(definitionOf("write_file"), {
      ...effects,
      plan: async ({ path, content }, context) => {
        const before = await folder.read(path)
        return planOf({ workspace, path, before, text: content }, context)
      },
    }),
    edit_file: guard.guard<EditInput>(definitionOf("edit_file"), {
      ...effects,
      plan: async ({ path, find, replace }, context) => {
        const before = await folder.read(path)
        const text = replaceOnce(textOf(path, before), { path, find, replace })
        return planOf({ workspace, path, before, text }, context)
      },
    }),
  } satisfies Record<string, ToolHandler<never, object>>
}

type Planned = Readonly<{ workspace: string; path: string; before: FileContent | null; text: string }>

function planOf({ workspace, path, before, text }: Planned, context: ToolContext | undefined): Plan {
  const reason = reasonIn(context)
  const mode = before?.mode === undefined ? {} : { mode: before.mode }
  return {
    parts: [{ target: { workspace, path }, before, after: { text, ...mode } }],
    ...(reason === undefined ? {} : { reason }),
  }
}

/** The agent's own words for why, which travel beside the input: they are shown to people and are not part of the change. */
function reasonIn(context: ToolContext | undefined): string | undefined {
  const reason = context?.mcpReq?._meta?.["deltaseal/reason"]
  return typeof reason === "string" && reason !== "" ? reason : undefined
}

async function applyTo(folder: WorkspaceFolder, change: ApprovedChange): Promise<Applied> {
  const lines: string[] = []
  for (const { target, before, after } of change.parts) {
    if (after === null) throw new WorkspaceError("This server deletes nothing.")
    await folder.write(target.path, { before, after })
    lines.push(`Wrote ${target.path}, ${contentBytes(after).byteLength} bytes, exactly as approved.`)
  }
  return { text: lines.join("\n") }
}

async function listed(folder: WorkspaceFolder, directory: string | undefined): Promise<string> {
  const { paths, unreachable, isCut } = await folder.list(directory)
  const notes = [
    ...(paths.length === 0 ? ["(no files)"] : []),
    ...(isCut ? ["(there are more: list a directory)"] : []),
    ...(unreachable === 0
      ? []
      : [`(${unreachable} more cannot be reached: links, devices or unusual names)`]),
  ]
  return [...paths, ...notes].join("\n")
}

function textOf(path: string, content: FileContent | null): string {
  if (content === null) throw new WorkspaceError(`There is no file ${path} in the workspace.`)
  if (!("text" in content)) throw new WorkspaceError(`${path} is not a text file.`)
  return content.text
}

function said(text: string) {
  return { content: [{ type: "text" as const, text }] }
}
