import type { Agent, Answer, Asking } from "./agent.ts"
import { askingFor } from "./asking.ts"
import type { Task } from "./work.ts"

/** Acme Dental's ticket 4411: three small changes to its website. */
export const websiteTasks: readonly Task[] = [
  { title: "Raise the monthly membership price", run: raisePrice },
  { title: "Add a page about insurance", run: addInsurancePage },
  { title: "Correct the footer", run: correctFooter },
]

export async function raisePrice(agent: Agent, onWaiting?: Asking["onWaiting"]): Promise<Answer> {
  const page = await agent.readFile("pages/pricing.md")
  if (!page.isDone) return page

  const content = page.text
    .replace("Membership: $49 a month", "Membership: $55 a month")
    .replace("Prices valid since 1 January 2025.", "Prices valid from 1 January 2027.")
  return await agent.writeFile(
    { path: "pages/pricing.md", content },
    askingFor(
      "Ticket 4411: the practice raises its monthly membership from $49 to $55 on 1 January. Only that price and its date change.",
      onWaiting,
    ),
  )
}

export async function addInsurancePage(agent: Agent, onWaiting?: Asking["onWaiting"]): Promise<Answer> {
  return await agent.writeFile(
    { path: "pages/faq/insurance.md", content: insurancePage },
    askingFor(
      "Ticket 4411: patients keep calling to ask about insurance. This page has the answers from the practice's e-mail of 12 November.",
      onWaiting,
    ),
  )
}

export async function correctFooter(agent: Agent, onWaiting?: Asking["onWaiting"]): Promise<Answer> {
  return await agent.editFile(
    openingHours,
    askingFor("Ticket 4411: the practice stays open an hour longer. One line of the footer.", onWaiting),
  )
}

export const openingHours = {
  path: "partials/footer.html",
  find: "<p>Open Monday to Friday, 8 am to 5 pm</p>",
  replace: "<p>Open Monday to Friday, 8 am to 6 pm</p>",
} as const

export const insurancePage = `# Insurance

## Which plans do you take?

We are in network with Delta Dental, MetLife and Cigna.

## What if my plan is not among them?

You pay us, we file the claim, and your insurer pays you back, usually within
three weeks.

## Does the membership replace insurance?

No. It covers two cleanings and one exam a year and takes 15 % off everything
else. Ask us which of the two costs you less.
`
