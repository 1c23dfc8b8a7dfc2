import { CopyButton } from "./copy-button"
import { IdLink } from "./id-link"
import { shortId } from "./short-id"

type Props = Readonly<{
  id: string
  /** What copying it is called: `Copy the run's id`. */
  label: string
  href?: string
}>

/** An id shortened in the middle, the whole of it to copy. */
export function IdText({ id, label, href }: Props) {
  return (
    <span className="relative z-1 inline-flex items-center gap-1 font-mono text-xs">
      {href === undefined ? <span title={id}>{shortId(id)}</span> : <IdLink href={href} id={id} />}
      <CopyButton text={id} label={label} />
    </span>
  )
}
