import { endpoint, reply } from "@/lib/http/endpoint"
import { JointVotesBody, JointVotesView } from "./joint-vote.schema"
import { voteTogether } from "./joint-votes.service"

export const jointVoteRoutes = [
  endpoint(
    {
      method: "post",
      path: "/approvals/votes",
      summary: "Decide on several changes that were shown to you, all or none of them or each on its own",
      operationId: "postApprovalsVotesTogether",
      caller: "session",
      body: JointVotesBody,
      responses: { 200: JointVotesView },
    },
    async ({ actor, body }) => reply(200, await voteTogether(actor, body)),
  ),
] as const
