"use client"

import { DropdownMenu } from "radix-ui"
import { Check } from "lucide-react"
import Link from "next/link"
import type { ReactNode } from "react"
import { itemLook, type Place } from "./rail-item"

type MenuProps = Readonly<{
  label: string
  place: Place
  trigger: ReactNode
  /** Whether the page one is on is behind this menu. */
  isHere?: boolean
  children: ReactNode
}>

/**
 * A menu of the frame. Not modal: a modal one would write a style element,
 * which our policy refuses. Not in a portal: there it would be in no landmark.
 */
export function Menu({ label, place, trigger, isHere = false, children }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        aria-label={label}
        title={label}
        aria-current={isHere ? "true" : undefined}
        className={itemLook[place]}
      >
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Content
        side="top"
        align="start"
        sideOffset={6}
        collisionPadding={8}
        className="fade-in z-40 min-w-56 rounded-md border border-line bg-raised p-1 text-sm text-ink shadow-float"
      >
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  )
}

const entry =
  "flex h-8 w-full items-center gap-2 rounded px-2 outline-none select-none data-highlighted:bg-hover pointer-coarse:h-10"

type EntryProps = Readonly<{ onSelect: () => void; children: ReactNode }>

export function MenuEntry({ onSelect, children }: EntryProps) {
  return (
    <DropdownMenu.Item onSelect={onSelect} className={entry}>
      {children}
    </DropdownMenu.Item>
  )
}

type LinkProps = Readonly<{ href: string; isHere: boolean; children: ReactNode }>

/** An entry that leads to a page. */
export function MenuLink({ href, isHere, children }: LinkProps) {
  return (
    <DropdownMenu.Item asChild>
      <Link
        href={href}
        prefetch={false}
        aria-current={isHere ? "page" : undefined}
        className={`${entry} aria-[current=page]:font-medium`}
      >
        {children}
      </Link>
    </DropdownMenu.Item>
  )
}

type ChoiceProps<Value extends string> = Readonly<{
  label: string
  value: Value
  options: readonly Readonly<{ value: Value; words: string }>[]
  onChange: (value: Value) => void
}>

/** One of several; the chosen one is marked. */
export function MenuChoice<Value extends string>({ label, value, options, onChange }: ChoiceProps<Value>) {
  return (
    <DropdownMenu.RadioGroup value={value} aria-label={label}>
      <DropdownMenu.Label className="px-2 py-1 text-xs text-faint">{label}</DropdownMenu.Label>
      {options.map((option) => (
        <DropdownMenu.RadioItem
          key={option.value}
          value={option.value}
          onSelect={() => onChange(option.value)}
          className={entry}
        >
          <span className="min-w-0 flex-1 truncate">{option.words}</span>
          <DropdownMenu.ItemIndicator>
            <Check size={14} aria-hidden />
          </DropdownMenu.ItemIndicator>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  )
}

export function MenuLine() {
  return <DropdownMenu.Separator className="my-1 h-px bg-line" />
}
