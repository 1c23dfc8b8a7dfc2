"use client"

import { useId, useState, type SubmitEvent } from "react"
import { useRefresh } from "@/components/layout/use-refresh"
import { Button } from "@/components/ui/button"
import { postJson, type ApiProblem } from "@/components/ui/call-api"
import { ProblemNotice } from "@/components/ui/problem-notice"

const bytesMax = 2_048

/** Says something without deciding. What was typed stays until it is there for everybody. */
export function CommentForm({ approvalId }: Readonly<{ approvalId: string }>) {
  const id = useId()
  const refresh = useRefresh()
  const [text, setText] = useState("")
  const [isSending, setSending] = useState(false)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const bytes = new TextEncoder().encode(text.trim()).length
  const send = async () => {
    setSending(true)
    setProblem(null)
    const answer = await postJson(`/api/v1/approvals/${approvalId}/comments`, { text: text.trim() })
    if (answer.ok) setText("")
    else setProblem(answer.problem)
    setSending(false)
    await refresh()
  }
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault()
    void send()
  }

  return (
    <form className="flex flex-col gap-1.5" onSubmit={onSubmit}>
      <label htmlFor={id} className="text-sm text-muted">
        Comment without deciding. The agent does not read this.
      </label>
      <textarea
        id={id}
        rows={2}
        value={text}
        aria-invalid={bytes > bytesMax}
        onChange={(event) => setText(event.target.value)}
        className="max-h-48 min-h-16 resize-y rounded-md border border-line-strong bg-raised px-3 py-2 text-base"
      />
      {problem !== null && <ProblemNotice problem={problem} />}
      <div className="flex flex-wrap items-center gap-3">
        <Button look="plain" type="submit" disabled={isSending || bytes === 0 || bytes > bytesMax}>
          {isSending ? "Sending…" : "Comment"}
        </Button>
        {bytes > bytesMax && (
          <span className="text-xs text-look-ink">{`${bytes} bytes: at most 2,048.`}</span>
        )}
      </div>
    </form>
  )
}
