import { z } from "zod"

/** A name that people give and read: visible text of up to 200 characters. */
export const Label = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cf}\p{Cs}]+$/u, "A name cannot hold control or format characters.")
  .regex(/\S/, "A name needs a visible character.")
