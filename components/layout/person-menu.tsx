"use client"

import { CircleUser, Ellipsis, LogOut, UserCog } from "lucide-react"
import { usePathname } from "next/navigation"
import { useState } from "react"
import { postSignOut } from "@/components/auth/next-auth-client"
import { Menu, MenuChoice, MenuEntry, MenuLine, MenuLink } from "./menu"
import { placeIcons } from "./place-icons"
import { isIn, places, type PlaceName } from "./places"
import { wordsLook } from "./rail-item"

type Theme = "system" | "light" | "dark"

type Person = Readonly<{ name: string; email: string; roles: readonly string[] }>

type Props = Readonly<{ person: Person; theme: Theme }>

/** Who is signed in, how it looks for them, and the way out. */
export function PersonMenu({ person, theme }: Props) {
  const chosen = useTheme(theme)

  return (
    <Menu
      label={`${person.name}: account, theme and sign out`}
      place="rail"
      trigger={
        <>
          <CircleUser size={16} aria-hidden className="shrink-0" />
          <span className={wordsLook.rail}>{person.name}</span>
        </>
      }
    >
      <PersonEntries person={person} {...chosen} />
    </Menu>
  )
}

/** On a phone: what is administered, and the person. */
export function MoreMenu({ shown, person, theme }: Props & Readonly<{ shown: readonly PlaceName[] }>) {
  const chosen = useTheme(theme)
  const pathname = usePathname()
  const behind = places.filter(({ name, group }) => group === "administration" && shown.includes(name))

  return (
    <Menu
      label="More"
      place="bar"
      isHere={behind.some(({ under }) => isIn(under, pathname))}
      trigger={
        <>
          <Ellipsis size={16} aria-hidden />
          <span className={wordsLook.bar}>More</span>
        </>
      }
    >
      {behind.map(({ name, words, href, under }) => {
        const Icon = placeIcons[name]
        return (
          <MenuLink key={name} href={href} isHere={isIn(under, pathname)}>
            <Icon size={14} aria-hidden />
            {words}
          </MenuLink>
        )
      })}
      {behind.length > 0 && <MenuLine />}
      <PersonEntries person={person} {...chosen} />
    </Menu>
  )
}

type EntriesProps = Readonly<{ person: Person; theme: Theme; choose: (next: Theme) => void }>

function PersonEntries({ person, theme, choose }: EntriesProps) {
  return (
    <>
      <div className="flex flex-col px-2 py-1.5">
        <span className="font-medium">{person.name}</span>
        <span className="text-xs text-muted">{person.email}</span>
        <span className="text-xs text-muted">{person.roles.join(", ")}</span>
      </div>
      <MenuLink href="/account" isHere={false}>
        <UserCog size={14} aria-hidden />
        Your account
      </MenuLink>
      <MenuLine />
      <MenuChoice label="Theme" value={theme} options={themes} onChange={choose} />
      <MenuLine />
      <MenuEntry onSelect={() => void postSignOut()}>
        <LogOut size={14} aria-hidden />
        Sign out
      </MenuEntry>
    </>
  )
}

/** The theme that was chosen, also before the server knows of it. */
function useTheme(remembered: Theme) {
  const [theme, setTheme] = useState(remembered)
  const choose = (next: Theme) => {
    setTheme(next)
    rememberTheme(next)
  }

  return { theme, choose }
}

const themes = [
  { value: "system", words: "As the system" },
  { value: "light", words: "Light" },
  { value: "dark", words: "Dark" },
] as const

/** The choice goes to the page at once and into a cookie, so that the server renders the next page with it. */
function rememberTheme(theme: Theme): void {
  const { documentElement } = document
  if (theme === "system") delete documentElement.dataset["theme"]
  else documentElement.dataset["theme"] = theme

  const age = theme === "system" ? 0 : 31_536_000
  document.cookie = `deltaseal-theme=${theme}; path=/; max-age=${age}; samesite=lax`
}
