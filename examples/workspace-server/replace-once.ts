import { WorkspaceError } from "./workspace-error.ts"

/**
 * Replaces the one place where `find` occurs.
 *
 * @throws WorkspaceError that says what to do when there is none or more than one
 */
export function replaceOnce(
  text: string,
  edit: Readonly<{ path: string; find: string; replace: string }>,
): string {
  const at = text.indexOf(edit.find)
  if (at === -1) {
    throw new WorkspaceError(
      `The text to find is not in ${edit.path}. Read the file again and copy the text exactly, with its spaces and line breaks.`,
    )
  }
  // From the next character on, so that overlapping places count too.
  if (text.includes(edit.find, at + 1)) {
    throw new WorkspaceError(
      `The text to find occurs more than once in ${edit.path}. Add the text around it, so that it names one place.`,
    )
  }
  return text.slice(0, at) + edit.replace + text.slice(at + edit.find.length)
}
