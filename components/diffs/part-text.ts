import type { PartContentView } from "@/lib/approvals/part-content.schema"
import { apiProblemWords } from "@/components/ui/problem-words"
import type { ApiProblem } from "@/components/ui/call-api"

export type PartText = Readonly<{ ok: true; text: string } | { ok: false; words: string }>

/** All of a part's text after the change, as the server keeps it. It never throws. */
export async function fetchPartText(approvalId: string, position: number): Promise<PartText> {
  let text = ""
  for (let from: number | null = 1; from !== null;) {
    const path: string = `/api/v1/approvals/${approvalId}/parts/${position}/content?side=after&from=${from}`
    const page = await fetchPage(path)
    if (!page.ok) return page
    text += page.value.text
    from = page.value.nextLine
  }
  return { ok: true, text }
}

type Page = Readonly<{ ok: true; value: PartContentView } | { ok: false; words: string }>

async function fetchPage(path: string): Promise<Page> {
  try {
    const response = await fetch(path, { cache: "no-store" })
    if (!response.ok) return { ok: false, words: apiProblemWords((await response.json()) as ApiProblem) }
    return { ok: true, value: (await response.json()) as PartContentView }
  } catch {
    return { ok: false, words: "The server could not be reached. The lines above are all of the change." }
  }
}
