import { notFound, redirect } from "next/navigation"
import { signInPath } from "@/lib/auth/return-path"
import { AppError } from "@/lib/errors/app-error"

/** What a page loads, or the way to where people go instead: signed out to sign in, nothing there to not found. */
export async function orElsewhere<Value>(loading: Promise<Value>, path: string): Promise<Value> {
  return loading.catch((error: unknown) => {
    if (error instanceof AppError && error.code === "not_found") notFound()
    if (error instanceof AppError && error.code === "unauthenticated") redirect(signInPath(path))
    throw error
  })
}
