import type { Page } from "playwright-core"
import type { PageState } from "./page-states"

/** Pages about packs. What is rolled out reaches no client, so that calls go on being decided as before. */
export const packStates: readonly PageState[] = [
  {
    page: "(desk)/policies/packs",
    state: "empty",
    role: "owner",
    path: () => "/policies/packs",
    shows: "No packs yet",
  },
  {
    page: "(desk)/policies/packs/new",
    state: "typical",
    role: "owner",
    path: () => "/policies/packs/new",
    shows: "Nothing is wrong with it.",
  },
  onPack("(desk)/policies/packs/[packId]", "", "It says what a client"),
  onPack("(desk)/policies/packs/[packId]/edit", "/edit", "This is version 1"),
  onPack("(desk)/policies/packs/[packId]/roll-out", "/roll-out", "No client is chosen."),
  onPack("(desk)/policies/packs/[packId]/rollouts/[rolloutId]", "/rollouts", "It reached no client"),
]

/** A page of a pack, which is made for it. */
function onPack(page: string, rest: string, shows: string): PageState {
  return {
    page,
    state: "typical",
    role: "admin",
    path: () => "/policies",
    shows: "Packs for many clients",
    first: async (browserPage) => {
      const { packId, rolloutId } = await browserPage.evaluate(makePack)
      const own = rest === "/rollouts" ? `/rollouts/${rolloutId}` : rest
      await browserPage.goto(new URL(`/policies/packs/${packId}${own}`, browserPage.url()).href)
      await browserPage.getByText(shows).filter({ visible: true }).first().waitFor()
    },
  }
}

/** Sends a write as the page's own requests do. */
export async function postFrom(page: Page, path: string, body: object): Promise<void> {
  await page.evaluate(post, { path, body })
}

/** Runs in the browser. */
async function post({ path, body }: Readonly<{ path: string; body: object }>): Promise<void> {
  const { csrfToken } = (await (await fetch("/api/v1/session")).json()) as { csrfToken: string }
  const reply = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken },
    body: JSON.stringify(body),
  })
  if (!reply.ok) throw new Error(await reply.text())
}

/** Runs in the browser: a pack, and a rollout of it on a version that no client has. */
async function makePack(): Promise<{ packId: string; rolloutId: string }> {
  const { csrfToken } = (await (await fetch("/api/v1/session")).json()) as { csrfToken: string }
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrfToken }
  const send = async (path: string, body: object) => {
    const reply = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) })
    return (await reply.json()) as { packId: string; rolloutId: string }
  }
  const text =
    "version: 1\nrules:\n  - name: nothing\n    description: It says what a client may not do.\n    effect: deny\n"
  const { packId } = await send("/api/v1/packs", { name: "House rules", text, note: "As we agreed." })
  const { items } = (await (await fetch("/api/v1/tenants")).json()) as { items: { tenantId: string }[] }
  const tenants = items.slice(0, 1).map(({ tenantId }) => ({ tenantId, basedOn: 999_999 }))
  const { rolloutId } = await send(`/api/v1/packs/${packId}/rollouts`, { version: 1, tenants })

  return { packId, rolloutId }
}
