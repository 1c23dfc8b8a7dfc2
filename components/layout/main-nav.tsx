"use client"

import Link from "next/link"
import { usePathname } from "next/navigation"
import type { ReactNode } from "react"
import { placeIcons } from "./place-icons"
import { isIn, places, type PlaceName } from "./places"
import { itemLook, wordsLook, type Place } from "./rail-item"

type Props = Readonly<{
  /** The places this person may visit. */
  shown: readonly PlaceName[]
  /** The inbox's count; it may come later than the frame. */
  waiting: ReactNode
}>

/** The rail's entries: where work is, and under a line where it is administered. */
export function RailNav({ shown, waiting }: Props) {
  return (
    <nav aria-label="Main" className="flex flex-col gap-4">
      <Entries shown={shown} group="work" waiting={waiting} place="rail" />
      {places.some(({ name, group }) => group === "administration" && shown.includes(name)) && (
        <div className="flex flex-col gap-1 border-t border-line pt-3">
          <p className="hidden px-2.5 pb-0.5 text-xs text-faint xl:block">Administration</p>
          <Entries shown={shown} group="administration" waiting={null} place="rail" />
        </div>
      )}
    </nav>
  )
}

/** The bar's entries: only where work is; the rest is behind More. */
export function BarNav({ shown, waiting }: Props) {
  return (
    <nav aria-label="Main, at the bottom" className="col-span-2">
      <Entries shown={shown} group="work" waiting={waiting} place="bar" />
    </nav>
  )
}

type EntriesProps = Props & Readonly<{ group: "work" | "administration"; place: Place }>

function Entries({ shown, group, waiting, place }: EntriesProps) {
  const pathname = usePathname()

  return (
    <ul className={place === "bar" ? "grid grid-cols-2" : "flex flex-col gap-0.5"}>
      {places
        .filter((entry) => entry.group === group && shown.includes(entry.name))
        .map(({ name, words, href, under }) => {
          const Icon = placeIcons[name]
          return (
            <li key={name}>
              <Link
                href={href}
                title={place === "rail" ? words : undefined}
                // Visited seldom: not worth asking the server for on every page.
                prefetch={group === "work" ? null : false}
                aria-current={isIn(under, pathname) ? "page" : undefined}
                className={`relative ${itemLook[place]}`}
              >
                <Icon size={16} aria-hidden className="shrink-0" />
                <span className={wordsLook[place]}>{words}</span>
                {name === "inbox" && <span className={badge[place]}>{waiting}</span>}
              </Link>
            </li>
          )
        })}
    </ul>
  )
}

const badge = { rail: "absolute top-0 right-0 xl:static", bar: "absolute top-1.5 left-1/2 ml-2" } as const
