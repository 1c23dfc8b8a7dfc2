"use client"

import { postSignOut } from "@/components/auth/next-auth-client"
import { Button } from "@/components/ui/button"

/** For who holds a link that is meant for somebody else. */
export function SignOutButton() {
  return (
    <Button look="plain" size="large" onClick={() => void postSignOut()}>
      Sign out
    </Button>
  )
}
