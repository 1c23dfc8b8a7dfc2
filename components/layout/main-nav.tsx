"use client"

import { Inbox } from "lucide-react"
import Link from "next/link"
import { usePathname } from "next/navigation"
import type { ReactNode } from "react"
import { itemLook, wordsLook, type Place } from "./rail-item"

/** The product's places; more come as they exist. */
export function MainNav({ waiting, place }: Readonly<{ waiting: ReactNode; place: Place }>) {
  const pathname = usePathname()
  const isHere = pathname.startsWith("/inbox") || pathname.startsWith("/approvals")

  return (
    <nav aria-label={place === "rail" ? "Main" : "Main, at the bottom"}>
      <Link
        href="/inbox"
        aria-current={isHere ? "page" : undefined}
        className={`relative ${itemLook[place]}`}
      >
        <Inbox size={16} aria-hidden />
        <span className={wordsLook[place]}>Inbox</span>
        <span className={badge[place]}>{waiting}</span>
      </Link>
    </nav>
  )
}

const badge = { rail: "absolute top-0 right-0 xl:static", bar: "absolute top-1.5 left-1/2 ml-2" } as const
