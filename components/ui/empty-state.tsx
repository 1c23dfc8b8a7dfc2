import type { ReactNode } from "react"

type Props = Readonly<{
  title: string
  /** Why there is nothing, and what would bring something. */
  children: ReactNode
  action?: ReactNode
}>

/** In the place of a list that is empty. */
export function EmptyState({ title, children, action }: Props) {
  return (
    <div className="mx-4 flex max-w-xl flex-col items-start gap-2 md:mx-6">
      <p className="font-medium">{title}</p>
      <div className="text-muted">{children}</div>
      {action !== undefined && <div className="mt-1">{action}</div>}
    </div>
  )
}
