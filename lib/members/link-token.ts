import { createHmac, randomBytes } from "node:crypto"
import { runtime } from "@/lib/env/runtime"

/** What a link lets its holder do, once. A token of one kind is worthless as another. */
export type LinkKind = "setup" | "invitation" | "reset"

/** A fresh token: 32 random bytes, base64url. It exists in the link only. */
export function newLinkToken(): string {
  return randomBytes(32).toString("base64url")
}

/** The keyed digest by which a token is found. */
export function linkMac(kind: LinkKind, token: string): Buffer {
  return createHmac("sha256", runtime().secrets.keyPepper)
    .update(`deltaseal/${kind}-link/v1\0${token}`)
    .digest()
}

/** The page that a token opens. In the path: the page says what the link is for before anything is typed (ADR 0021). */
export function linkUrl(kind: LinkKind, token: string): string {
  return `${runtime().config.origin}/${linkPaths[kind]}/${token}`
}

const linkPaths = { setup: "setup", invitation: "invitations", reset: "reset" } as const
