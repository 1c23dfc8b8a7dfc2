import type { ReactNode } from "react"
import { SaidLine } from "@/components/ui/said-line"
import { BarNav, RailNav } from "./main-nav"
import { Mark } from "./mark"
import { MoreMenu, PersonMenu } from "./person-menu"
import type { PlaceName } from "./places"
import { TenantMenu } from "./tenant-menu"

type Props = Readonly<{
  person: Readonly<{ name: string; email: string; roles: readonly string[] }>
  tenants: readonly Readonly<{ tenantId: string; name: string }>[]
  /** The places this person may visit. */
  shown: readonly PlaceName[]
  /** The inbox's count; it may come later than the frame. */
  waiting: ReactNode
  theme: "system" | "light" | "dark"
  /** Above the page, what is stopped; it may come later than the frame. */
  stopped: ReactNode
  children: ReactNode
}>

/** Rail, page and, on a phone, the bar at the bottom. */
export function Frame({ person, tenants, shown, waiting, theme, stopped, children }: Props) {
  return (
    <div className="md:grid md:min-h-dvh md:grid-cols-[56px_minmax(0,1fr)] xl:grid-cols-[196px_minmax(0,1fr)]">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-accent-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the content
      </a>
      <aside
        aria-label="Deltaseal"
        className="sticky top-0 z-30 hidden h-dvh flex-col gap-4 border-r border-line bg-surface px-2 py-3 md:flex"
      >
        <div className="flex h-6 items-center gap-2 px-2.5 font-semibold">
          <Mark />
          <span className="hidden xl:inline">Deltaseal</span>
        </div>
        <RailNav shown={shown} waiting={waiting} />
        <div className="mt-auto flex flex-col gap-1">
          <TenantMenu tenants={tenants} place="rail" />
          <PersonMenu person={person} theme={theme} />
        </div>
      </aside>
      <div className="flex min-h-dvh min-w-0 flex-col">
        {stopped}
        {children}
      </div>
      <aside
        aria-label="Deltaseal, at the bottom"
        data-phone-bar
        className="fixed inset-x-0 bottom-0 z-30 grid grid-cols-4 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
      >
        <BarNav shown={shown} waiting={waiting} />
        <TenantMenu tenants={tenants} place="bar" />
        <MoreMenu shown={shown} person={person} theme={theme} />
      </aside>
      <SaidLine />
    </div>
  )
}
