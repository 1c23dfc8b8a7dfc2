import {
  Building2,
  Inbox,
  KeyRound,
  ScrollText,
  UsersRound,
  Workflow,
  Wrench,
  type LucideIcon,
} from "lucide-react"
import type { PlaceName } from "./places"

export const placeIcons: Readonly<Record<PlaceName, LucideIcon>> = {
  inbox: Inbox,
  runs: Workflow,
  tools: Wrench,
  policies: ScrollText,
  keys: KeyRound,
  members: UsersRound,
  clients: Building2,
}
