import { z } from "zod"
import { visibleText } from "./text"

/** A name that people give something: refused, never cleaned, when a reader could not see all of it. */
export const NameText = z
  .string()
  .min(1, "A name has at least one character.")
  .max(120, "A name has at most 120 characters.")
  .regex(/^(?!\s)[^]*(?<!\s)$/, "A name cannot start or end with a space.")
  .superRefine(refuseHidden)

/** Adds an issue that names the first character which a page would have to show as a box. */
export function refuseHidden(text: string, context: z.RefinementCtx<string>): void {
  for (const segment of visibleText(text)) {
    if ("text" in segment && segment.text !== "\t") continue
    const what = "text" in segment ? "a tab" : `${segment.codePoint} ${segment.name}`
    context.addIssue({ code: "custom", message: `A name cannot hold what a reader would not see: ${what}.` })
    return
  }
}

/** An e-mail address in the one spelling in which people are found. */
export const EmailText = z
  .email("This is not an e-mail address.")
  .max(254, "An e-mail address has at most 254 characters.")
  .toLowerCase()

const toolName = /^[A-Za-z0-9_.-]{1,128}$/
const toolVersion = /^[\x21-\x7e]{1,128}$/

/** A tool's or a server's name (SPEC 2.4). */
export const ToolName = z
  .string()
  .refine((name) => toolName.test(name), {
    error: "A name is 1 to 128 letters, digits, dots, dashes or underscores.",
    params: { code: "invalid_name" },
  })
  .meta({ pattern: toolName.source })

/** A tool's version: printable ASCII without spaces. */
export const ToolVersion = z
  .string()
  .refine((version) => toolVersion.test(version), {
    error: "A version is 1 to 128 printable ASCII characters without spaces.",
    params: { code: "invalid_name" },
  })
  .meta({ pattern: toolVersion.source })
