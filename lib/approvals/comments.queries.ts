import type { PersonActor } from "@/lib/access/actor"
import { query } from "@/lib/operations/query"
import type { CommentList, CommentView, WithdrawnVoteList, WithdrawnVoteView } from "./comment.schema"

const pageSize = 50

type Page = Readonly<{ approvalId: string; cursor?: string | undefined; take?: number }>

/** What was said about an approval, oldest first, a page at a time; nothing where nobody may know of it. */
export const listComments: (actor: PersonActor, page: Page) => Promise<CommentList> = query(
  "approval:read",
  async ({ db }, { approvalId, cursor = "", take = pageSize }: Page): Promise<CommentList> => {
    const rows = await db.$queryRaw<(Omit<CommentView, "at"> & { at: Date })[]>`
      SELECT c.comment_id AS "commentId", c.person_id AS "personId", p.name, c.text, c.said_at AS at
      FROM approval_comment c JOIN person p ON p.person_id = c.person_id
      WHERE c.approval_id = ${approvalId} AND c.comment_id > ${cursor}
      ORDER BY c.comment_id LIMIT ${take + 1}`
    const items = rows.slice(0, take).map(({ at, ...comment }) => ({ ...comment, at: at.toISOString() }))

    return { items, nextCursor: rows.length > take ? (items.at(-1)?.commentId ?? null) : null }
  },
)

/** The votes on an approval that were taken back, oldest first. */
export const listWithdrawnVotes: (actor: PersonActor, approvalId: string) => Promise<WithdrawnVoteList> =
  query("approval:read", async ({ db }, approvalId: string): Promise<WithdrawnVoteList> => {
    const rows = await db.$queryRaw<
      (Omit<WithdrawnVoteView, "at" | "withdrawnAt"> & { at: Date; withdrawnAt: Date })[]
    >`
      SELECT w.person_id AS "personId", p.name, w.reason, w.voted_at AS at, w.on_behalf_of AS "onBehalfOf",
        w.withdrawn_at AS "withdrawnAt"
      FROM withdrawn_vote w JOIN person p ON p.person_id = w.person_id
      WHERE w.approval_id = ${approvalId}
      ORDER BY w.withdrawn_at LIMIT 200`

    return {
      items: rows.map(({ at, withdrawnAt, ...vote }) => ({
        ...vote,
        at: at.toISOString(),
        withdrawnAt: withdrawnAt.toISOString(),
      })),
      nextCursor: null,
    }
  })
