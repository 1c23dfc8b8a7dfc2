import type { Role } from "@/lib/access/permissions"

/** What a role is called, and what it lets people do. */
export const roleWords: Readonly<
  Record<Role, Readonly<{ name: string; title: string; explanation: string }>>
> = {
  owner: {
    name: "an owner",
    title: "Owner",
    explanation: "Does everything an administrator does, and makes or ends other owners.",
  },
  admin: {
    name: "an administrator",
    title: "Administrator",
    explanation: "Looks after clients, members, keys and tools, and decides on changes.",
  },
  reviewer: {
    name: "a reviewer",
    title: "Reviewer",
    explanation: "Approves and denies what agents want to change.",
  },
  auditor: {
    name: "an auditor",
    title: "Auditor",
    explanation: "Reads everything and changes nothing.",
  },
}

export const roleChoices = (["owner", "admin", "reviewer", "auditor"] as const).map((value) => ({
  value,
  words: roleWords[value].title,
  hint: roleWords[value].explanation,
}))
