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
