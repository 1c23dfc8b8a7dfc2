import { useId, type ReactNode } from "react"

type Props = Readonly<{
  title: string
  /** What can be done with what is in it. */
  actions?: ReactNode
  /** Whether its content reaches the page's edges, as tables do. */
  isFlush?: boolean
  children: ReactNode
}>

/** A part of a page, under a title and a line. */
export function Section({ title, actions, isFlush = false, children }: Props) {
  const id = useId()

  return (
    <section aria-labelledby={id} className="flex flex-col">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-line px-4 pb-1.5 md:px-6">
        <h2 id={id} className="min-w-0 flex-1 text-sm font-semibold">
          {title}
        </h2>
        {actions}
      </div>
      <div className={isFlush ? "" : "px-4 pt-3 md:px-6"}>{children}</div>
    </section>
  )
}
