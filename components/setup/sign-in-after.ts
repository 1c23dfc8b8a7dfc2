import { postSignIn } from "@/components/auth/next-auth-client"

/** Signs in with what was just chosen and goes on; where that fails, people sign in themselves. */
export async function signInAfter(email: string, password: string, path: string): Promise<void> {
  const answer = await postSignIn(email, password)
  // A whole new page: nothing rendered for nobody stays in the browser's memory.
  location.assign(answer.ok ? path : "/sign-in")
}
