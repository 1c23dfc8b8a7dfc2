import type { Actor } from "@/lib/access/actor"
import { tenantQuery } from "@/lib/operations/tenant-query"

/** The names of people, by id; who is not known any more is not there. */
export const namesOfPeople: (
  actor: Actor,
  tenantId: string,
  personIds: readonly string[],
) => Promise<ReadonlyMap<string, string>> = tenantQuery(
  "policy:read",
  async ({ db }, personIds: readonly string[]) => {
    const people = await db.person.findMany({
      where: { personId: { in: [...new Set(personIds)] } },
      select: { personId: true, name: true },
    })
    return new Map(people.map(({ personId, name }) => [personId, name]))
  },
)
