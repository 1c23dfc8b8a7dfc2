import type { JsonObject } from "@deltaseal/guard/change"
import { z } from "zod"

/** What could not be read or written, in words for the model and the people behind it. */
export class CrmError extends Error {
  override readonly name = "CrmError"
}

/** PostgreSQL's text holds everything but U+0000. */
const text = z
  .string()
  .max(10_000)
  .refine((value) => !value.includes("\u0000"), "holds U+0000")

const Contact = z.strictObject({
  name: text.min(1),
  email: text.nullable(),
  company: text,
  lifecycleStage: z.enum(["Subscriber", "Lead", "MQL", "SQL", "Customer"]),
  owner: text,
  notes: z.array(text).max(100),
})
export type Contact = z.infer<typeof Contact>

/** @throws CrmError when this is not what a contact can be: it is said before anybody is asked */
export function contactOf(value: JsonObject | null): Contact {
  const { data, error } = Contact.safeParse(value)
  if (error === undefined) return data

  const faults = error.issues.map(({ path, message }) => `/${path.join("/")}: ${message}`)
  throw new CrmError(`No contact can be like this. ${faults.join("; ")}`)
}
