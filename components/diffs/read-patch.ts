import { parseUnified, type UnifiedDiff } from "./parse-unified"

/** A diff that cannot be laid out is still shown, line by line as it came: never nothing. */
export function readPatch(preview: string): UnifiedDiff {
  try {
    return parseUnified(preview)
  } catch {
    const lines = preview.split("\n").map((text, index) => ({
      kind: "context" as const,
      oldNumber: null,
      newNumber: index + 1,
      text,
      lacksNewline: false,
    }))
    const notes = ["This diff could not be laid out. Below is its text as it is."]
    return {
      isNew: false,
      isDeleted: false,
      oldMode: null,
      newMode: null,
      notes,
      hunks: [{ header: "", lines }],
    }
  }
}
