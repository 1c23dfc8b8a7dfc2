import { hash, verify, type Options } from "@node-rs/argon2"

/** Argon2id (the package's default) with OWASP's second choice: 19 MiB, two passes, one lane. */
const options: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

let decoy: Promise<string> | undefined

/** A password's hash in PHC form. */
export function hashPassword(plain: string): Promise<string> {
  return hash(plain, options)
}

/**
 * Whether a password fits a hash. Without a hash it never does, and takes as
 * long to say so: a stranger learns from the time nothing about who exists.
 */
export async function verifyPassword(passwordHash: string | null, plain: string): Promise<boolean> {
  decoy ??= hashPassword("a password that nobody has")
  const isRight = await verify(passwordHash ?? (await decoy), plain)
  return passwordHash !== null && isRight
}
