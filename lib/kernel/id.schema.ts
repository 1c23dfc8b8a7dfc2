import { z } from "zod"

/** An id in a body or query: any printable ASCII, since what is no id of ours is simply not there. U+0000 never reaches the database. */
export const IdText = z
  .string()
  .max(64)
  .regex(/^[\x20-\x7e]*$/, "An id is printable ASCII.")
