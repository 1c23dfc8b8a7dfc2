/** Where an entry of the frame stands: in the rail on a desk, in the bar at the bottom on a phone. */
export type Place = "rail" | "bar"

/** How an entry looks there. */
export const itemLook = {
  rail: "flex h-8 w-full items-center gap-2.5 rounded-md px-2.5 text-left text-sm text-muted hover:bg-hover hover:text-ink aria-[current=page]:bg-hover aria-[current=page]:font-medium aria-[current=page]:text-ink",
  bar: "flex h-14 w-full flex-col items-center justify-center gap-0.5 text-xs text-muted aria-[current]:font-medium aria-[current]:text-ink",
} as const satisfies Record<Place, string>

/** The words beside an icon: under it on a phone, and away where the rail is narrow. */
export const wordsLook = {
  rail: "sr-only xl:not-sr-only xl:min-w-0 xl:flex-1 xl:truncate",
  bar: "max-w-full truncate px-1",
} as const satisfies Record<Place, string>
