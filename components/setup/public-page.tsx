import type { ReactNode } from "react"
import { Mark } from "@/components/layout/mark"

type Props = Readonly<{
  title: string
  /** What the page is for. */
  intro: ReactNode
  children?: ReactNode
}>

/** A page for somebody who is not signed in: one column, one thing to do. */
export function PublicPage({ title, intro, children }: Props) {
  return (
    <main id="content" className="flex min-h-dvh flex-col items-center justify-center gap-6 px-4 py-10">
      <div className="flex w-full max-w-100 flex-col gap-6">
        <div className="flex flex-col gap-3">
          <Mark />
          <h1 className="text-lg font-semibold [overflow-wrap:anywhere]">{title}</h1>
          <div className="flex flex-col gap-2 text-sm text-muted">{intro}</div>
        </div>
        {children}
      </div>
    </main>
  )
}
