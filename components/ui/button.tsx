import type { ComponentProps, ReactNode } from "react"

type Props = Readonly<
  {
    look: "primary" | "plain" | "quiet"
    size?: "normal" | "large"
    /** The key that does the same, shown beside the words. */
    shortcut?: string
    children: ReactNode
  } & Omit<ComponentProps<"button">, "className" | "style">
>

const looks = {
  primary: "bg-accent text-accent-ink hover:bg-accent-hover border-transparent",
  plain: "bg-raised text-ink border-line-strong hover:bg-hover",
  quiet: "bg-transparent text-muted border-transparent hover:bg-hover hover:text-ink",
} as const

const sizes = { normal: "h-8 px-3 text-sm", large: "h-11 px-3 text-base md:h-9 md:px-4 md:text-sm" } as const

export function Button({ look, size = "normal", shortcut, children, type = "button", ...rest }: Props) {
  return (
    <button
      {...rest}
      type={type}
      aria-keyshortcuts={shortcut?.toLowerCase()}
      className={`inline-flex shrink-0 items-center justify-center gap-2 rounded-md border font-medium whitespace-nowrap disabled:border-line disabled:bg-hover disabled:text-faint ${looks[look]} ${sizes[size]}`}
    >
      {children}
      {shortcut !== undefined && (
        <kbd
          aria-hidden
          className="hidden rounded border border-current/30 px-1 text-[11px] leading-4 font-medium md:inline"
        >
          {shortcut}
        </kbd>
      )}
    </button>
  )
}
