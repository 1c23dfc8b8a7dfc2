import { z } from "zod"
import { refuseHidden } from "./name.schema"

/** A name that people give and read: visible text of up to 200 characters. */
export const Label = z
  .string()
  .min(1)
  .max(200)
  .regex(/\S/, "A name needs a visible character.")
  .superRefine(refuseHidden)
