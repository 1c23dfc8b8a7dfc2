import type { ReactNode } from "react"
import { TopBar } from "./top-bar"

type Props = Readonly<{
  /** Where one is, from the outside in; the last one has no address. */
  crumbs: readonly Readonly<{ words: string; href?: string }>[]
  title: ReactNode
  /** Beside the title, such as a status. */
  mark?: ReactNode
  /** Under the title: what this page is for. */
  note?: ReactNode
  /** What can be done here: beside the title on a desk, under it on a phone. */
  actions?: ReactNode
  /** In the top bar: what keeps the page true and what its keys do. */
  bar?: ReactNode
  children: ReactNode
}>

/** A page of the desk: where one is, its title and what can be done, and its content. */
export function DeskPage({ crumbs, title, mark, note, actions, bar, children }: Props) {
  return (
    <>
      <TopBar crumbs={crumbs}>{bar}</TopBar>
      <main id="content" tabIndex={-1} className="flex flex-1 flex-col gap-5 py-4 outline-none md:py-5">
        <div className="flex flex-col gap-3 px-4 md:flex-row md:items-start md:px-6">
          <div className="flex min-w-0 flex-1 flex-col gap-1">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <h1 className="min-w-0 text-lg font-semibold [overflow-wrap:anywhere]">{title}</h1>
              {mark}
            </div>
            {note !== undefined && <div className="max-w-3xl text-sm text-muted">{note}</div>}
          </div>
          {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </div>
        {children}
      </main>
    </>
  )
}
