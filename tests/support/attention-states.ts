import type { Ids, PageState } from "./page-states"

/** The pages of several changes at once and of how people decide. */
export const attentionStates: readonly PageState[] = [
  {
    page: "(desk)/approvals/together",
    state: "two changes",
    role: "reviewer",
    path: ({ pending, record }: Ids) => `/approvals/together?ids=${pending},${record}`,
    shows: "2 changes, decided together",
  },
  {
    page: "(desk)/approvals/together",
    state: "nothing chosen",
    role: "reviewer",
    path: () => "/approvals/together",
    shows: "No changes were chosen",
  },
  {
    page: "(desk)/attention",
    state: "some decisions",
    role: "admin",
    path: () => "/attention",
    shows: "By the size of the change",
  },
  {
    page: "(desk)/attention",
    state: "for a reviewer",
    role: "reviewer",
    path: () => "/attention",
    shows: "Your role does not reach here",
  },
]
