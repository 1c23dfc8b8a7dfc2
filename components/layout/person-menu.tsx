"use client"

import { CircleUser, LogOut } from "lucide-react"
import { useState } from "react"
import { postSignOut } from "@/components/auth/next-auth-client"
import { Menu, MenuChoice, MenuEntry, MenuLine } from "./menu"
import { wordsLook, type Place } from "./rail-item"

type Theme = "system" | "light" | "dark"

type Props = Readonly<{
  person: Readonly<{ name: string; email: string; roles: readonly string[] }>
  theme: Theme
  place: Place
}>

/** Who is signed in, how it looks for them, and the way out. */
export function PersonMenu({ person, theme, place }: Props) {
  const [chosen, setChosen] = useState(theme)
  const choose = (next: Theme) => {
    setChosen(next)
    rememberTheme(next)
  }

  return (
    <Menu
      label={`${person.name}: theme and sign out`}
      place={place}
      trigger={
        <>
          <CircleUser size={16} aria-hidden />
          <span className={wordsLook[place]}>{person.name}</span>
        </>
      }
    >
      <div className="flex flex-col px-2 py-1.5">
        <span className="font-medium">{person.name}</span>
        <span className="text-xs text-muted">{person.email}</span>
        <span className="text-xs text-muted">{person.roles.join(", ")}</span>
      </div>
      <MenuLine />
      <MenuChoice label="Theme" value={chosen} options={themes} onChange={choose} />
      <MenuLine />
      <MenuEntry onSelect={() => void postSignOut()}>
        <LogOut size={14} aria-hidden />
        Sign out
      </MenuEntry>
    </Menu>
  )
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
