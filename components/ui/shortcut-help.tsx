"use client"

import { useRef } from "react"
import { Button } from "./button"
import { KeyCap } from "./key-cap"
import { useShortcuts } from "./use-shortcuts"

type Props = Readonly<{ keys: readonly Readonly<{ key: string; does: string }>[] }>

/** What the keys of this page do, behind `?`. */
export function ShortcutHelp({ keys }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useShortcuts({ "?": () => dialog.current?.showModal() })

  return (
    <>
      <button
        type="button"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
        onClick={() => dialog.current?.showModal()}
        className="hidden size-7 items-center justify-center rounded-md text-sm text-faint hover:bg-hover hover:text-ink md:inline-flex"
      >
        ?
      </button>
      <dialog
        ref={dialog}
        aria-labelledby="shortcut-help-title"
        onClick={(event) => event.target === dialog.current && dialog.current.close()}
        className="m-auto w-80 rounded-md border border-line bg-raised p-0 text-ink shadow-float backdrop:bg-black/30"
      >
        <div className="flex flex-col gap-3 p-4">
          <h2 id="shortcut-help-title" className="text-base font-semibold">
            Keys on this page
          </h2>
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2 text-sm">
            {keys.map(({ key, does }) => (
              <div key={key} className="contents">
                <dt>
                  <KeyCap name={key} />
                </dt>
                <dd className="text-muted">{does}</dd>
              </div>
            ))}
          </dl>
          <form method="dialog" className="flex justify-end">
            <Button look="plain" type="submit">
              Close
            </Button>
          </form>
        </div>
      </dialog>
    </>
  )
}
