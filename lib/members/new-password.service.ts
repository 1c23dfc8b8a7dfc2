import { AppError } from "@/lib/errors/app-error"
import { whyRefused } from "./password-rules"
import { hashPassword } from "./passwords"

/** A password as the request named it. */
type Given = Readonly<{ password: string; email: string; path: string }>

/**
 * The hash of a password that somebody chose.
 *
 * @throws AppError `password_refused` with the reason at the member that held it
 */
export async function hashChosen({ password, email, path }: Given): Promise<string> {
  const why = whyRefused(password, email)
  if (why !== null) {
    throw new AppError("password_refused", why, {
      reasons: [{ code: "password_refused", message: why, path }],
    })
  }

  return hashPassword(password)
}
