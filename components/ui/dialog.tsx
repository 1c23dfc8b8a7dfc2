"use client"

import { X } from "lucide-react"
import { useEffect, useId, useRef, type ReactNode } from "react"

type Props = Readonly<{
  title: string
  isOpen: boolean
  onClose: () => void
  /** Whether only its own buttons close it: for what cannot be shown twice. */
  isSticky?: boolean
  size?: keyof typeof widths
  children: ReactNode
}>

const widths = { normal: "md:w-md", wide: "md:w-2xl", page: "md:w-4xl" } as const

/**
 * Something to finish before going on. The browser's own dialog: it keeps the
 * focus inside and gives it back, and writes no style element, which our
 * policy would refuse. What is in it begins anew each time it opens.
 */
export function Dialog({ title, isOpen, onClose, isSticky = false, size = "normal", children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    if (isOpen) dialog.current?.showModal()
    else dialog.current?.close()
  }, [isOpen])
  const leave = () => {
    if (!isSticky) onClose()
  }

  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        leave()
      }}
      onClose={() => isOpen && onClose()}
      onMouseDown={(event) => event.target === dialog.current && leave()}
      className={`fade-in m-auto mb-0 max-h-[92dvh] w-full max-w-none overscroll-contain rounded-t-md border border-line bg-raised p-0 text-left text-base whitespace-normal text-ink shadow-float backdrop:bg-black/40 md:mb-auto md:max-w-[calc(100vw-32px)] md:rounded-md ${widths[size]}`}
    >
      {isOpen && (
        <div className="flex flex-col gap-4 p-4 pb-[calc(16px+env(safe-area-inset-bottom))] md:p-5">
          <h2 id={titleId} className="pr-8 text-lg font-semibold">
            {title}
          </h2>
          {children}
          {!isSticky && (
            <button
              type="button"
              aria-label="Close"
              title="Close (Esc)"
              onClick={onClose}
              className="absolute top-3 right-3 inline-flex size-8 items-center justify-center rounded-md text-faint hover:bg-hover hover:text-ink"
            >
              <X size={16} aria-hidden />
            </button>
          )}
        </div>
      )}
    </dialog>
  )
}
