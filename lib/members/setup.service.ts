import { AppError } from "@/lib/errors/app-error"
import { newId } from "@/lib/operations/new-id"
import { tryLink } from "./attempts.service"
import { linkMac, linkUrl, newLinkToken } from "./link-token"
import { hashChosen } from "./new-password.service"
import type { SetupBody, SetupView } from "./setup.schema"
import { foundInstallation, hasSetupLink, insertSetupLink, isFounded } from "./setup.repo"

/** How long a setup link works (SPEC 6). */
export const setupMinutes = 30

/** Whether this installation still waits for its first owner. */
export async function isWaitingForSetup(): Promise<boolean> {
  return !(await isFounded())
}

/** A link by which the first owner sets this installation up; null when somebody is a member already. */
export async function newSetupLink(): Promise<{ url: string; minutes: number } | null> {
  if (await isFounded()) return null

  const token = newLinkToken()
  await insertSetupLink(linkMac("setup", token), setupMinutes)
  return { url: linkUrl("setup", token), minutes: setupMinutes }
}

/** Whether the page of a setup link has something to offer. Looking uses nothing up. */
export async function isSetupLinkLive(token: string): Promise<boolean> {
  return (await hasSetupLink(linkMac("setup", token))) && (await isWaitingForSetup())
}

/**
 * Founds the agency with its first client and its first owner.
 *
 * @throws AppError `link_expired`, `already_set_up`, `password_refused`, `too_many_attempts`
 */
export function setUp(given: SetupBody, address: string | null): Promise<SetupView> {
  return tryLink(address, async () => {
    const tokenMac = linkMac("setup", given.token)
    // Asked first, so that a stranger's guess costs no hashing.
    if (!(await hasSetupLink(tokenMac))) throw new AppError("link_expired")

    const passwordHash = await hashChosen({ ...given, path: "/password" })
    const made = { agencyId: newId("agency"), tenantId: newId("tenant"), personId: newId("person") }
    const { agencyName, clientName, name, email } = given
    const code = await foundInstallation({
      ...made,
      ...{ agencyName, clientName, name, email, passwordHash, tokenMac },
      membershipId: newId("membership"),
      eventIds: [newId("event"), newId("event")],
    })
    if (code !== null) throw new AppError(code)

    return made
  })
}
