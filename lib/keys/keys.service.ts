import type { Actor, KeyActor } from "@/lib/access/actor"
import { AppError } from "@/lib/errors/app-error"
import type { Asker } from "@/lib/operations/asker"
import type { KeyCredential } from "./credential"
import { findLiveKey } from "./keys.repo"

/** @throws AppError `unauthenticated` when no live key is behind the credential */
export async function authenticateKey(credential: KeyCredential): Promise<KeyActor> {
  const key = await findLiveKey(credential)
  if (key === null) throw new AppError("unauthenticated")

  return key
}

/** The actor behind whoever asks, a person or a key that has yet to be looked up. */
export async function actorOf(asker: Asker): Promise<Actor> {
  return asker.kind === "person" ? asker.actor : authenticateKey(asker.credential)
}
