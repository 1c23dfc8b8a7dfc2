import { AppError } from "@/lib/errors/app-error"
import { endpoint, reply } from "@/lib/http/endpoint"
import { AllowedCall, PendingCall, ToolCallBody } from "./call.schema"
import { requestCall } from "./calls.service"

export const callRoutes = [
  endpoint(
    {
      method: "post",
      path: "/tool-calls",
      summary: "Ask whether a tool call may run",
      caller: "credential",
      body: ToolCallBody,
      idempotent: true,
      responses: { 200: AllowedCall, 202: PendingCall },
    },
    async ({ credential, body, bodyBytes, idempotency, signal }) => {
      const answer = await requestCall({ credential, body, bodyBytes, idempotency, signal })
      if (answer.decision === "allow") return reply(200, answer)
      if (answer.decision === "pending") return reply(202, answer)

      const { code, reasons, matchedRule, checks } = answer
      throw new AppError(code, undefined, { reasons, explanation: { matchedRule, checks }, isRecorded: true })
    },
  ),
] as const
