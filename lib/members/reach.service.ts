import { AppError } from "@/lib/errors/app-error"
import { mayHandle } from "./member"
import type { MemberDb } from "./members.repo"
import { reachOf } from "./people.repo"
import { findAsOne } from "./resets.repo"

/** Whether somebody may handle every role that a person has anywhere: what reaches into all of those takes all of them. */
export async function mayHandleEverywhere(db: MemberDb, actorId: string, personId: string): Promise<boolean> {
  const reach = await reachOf(db, actorId, personId)

  return reach.length > 0 && reach.every(({ role, own }) => mayHandle(own, role))
}

/** @throws AppError `forbidden` */
export async function requireHandlingEverywhere(
  db: MemberDb,
  actorId: string,
  personId: string,
): Promise<void> {
  if (await mayHandleEverywhere(db, actorId, personId)) return

  throw new AppError("forbidden", "You may not handle every role that this person has.")
}

/** Whether two people are one, or count as one because a link of one reset the other's password in the last 24 hours. */
export async function countAsOne(db: Pick<MemberDb, "sql">, one: string, other: string): Promise<boolean> {
  return findAsOne(db, one, other)
}
