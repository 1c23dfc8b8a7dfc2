import type { NextAuthOptions } from "next-auth"
import CredentialsProvider from "next-auth/providers/credentials"
import { runtime } from "@/lib/env/runtime"
import { AppError } from "@/lib/errors/app-error"
import { sessionMaxSeconds } from "@/lib/members/sessions.service"
import { signIn, signOut } from "@/lib/members/sign-in.service"
import { addressVouchedFor, clientAddressHeader } from "./client-address"

/**
 * next-auth's part: the sign-in endpoints and the cookie. The cookie carries
 * the id of a session row and nothing else, so ending the row ends the session.
 */
export function authOptions(): NextAuthOptions {
  const { secrets, logger } = runtime()

  return {
    secret: secrets.sessionSecret,
    session: { strategy: "jwt", maxAge: sessionMaxSeconds },
    pages: { signIn: "/sign-in", signOut: "/sign-in", error: "/sign-in" },
    providers: [credentials()],
    callbacks: {
      // The user exists only in the sign-in that makes the token; its id is the session's.
      jwt: ({ token, user }) => ({ sessionId: isSignIn(user) ? user.id : token["sessionId"] }),
      session: ({ session }) => ({ expires: session.expires }),
    },
    events: {
      signOut: async ({ token }) => {
        const sessionId = token["sessionId"]
        if (typeof sessionId === "string") await signOut(sessionId)
      },
    },
    logger: {
      error: (code) => logger.error({ code }, "next-auth"),
      warn: (code) => logger.debug({ code }, "next-auth"),
      debug: () => undefined,
    },
  }
}

function credentials() {
  return CredentialsProvider({
    id: "credentials",
    credentials: { email: { type: "email" }, password: { type: "password" } },
    authorize: async (given, request) => {
      const { sessionId } = await signIn({
        email: given?.email ?? "",
        password: given?.password ?? "",
        address: addressVouchedFor(request.headers?.[clientAddressHeader]),
      }).catch(toNextAuthError)
      return { id: sessionId }
    },
  })
}

/** next-auth puts an error's message into the address of the sign-in page, so the message is a code. */
function toNextAuthError(error: unknown): never {
  if (!(error instanceof AppError)) {
    runtime().logger.error({ err: error }, "sign-in failed")
    throw new Error("internal")
  }
  const wait = error.retryAfterSeconds
  throw new Error(wait === undefined ? error.code : `${error.code}:${wait}`)
}

function isSignIn(user: { id: string } | undefined): user is { id: string } {
  return user !== undefined
}
