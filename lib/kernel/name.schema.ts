import { z } from "zod"

/** A name that people gave something: refused, never cleaned, when a reader could not see all of it. */
export const NameText = z
  .string()
  .min(1, "A name has at least one character.")
  .max(120, "A name has at most 120 characters.")
  .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]*$/u, "A name cannot hold control or format characters.")
  .regex(/^(?!\s)[^]*(?<!\s)$/, "A name cannot start or end with a space.")

/** An e-mail address in the one spelling in which people are found. */
export const EmailText = z
  .email("This is not an e-mail address.")
  .max(254, "An e-mail address has at most 254 characters.")
  .toLowerCase()
