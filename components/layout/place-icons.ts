import { Building2, Inbox, KeyRound, UsersRound, Workflow, Wrench, type LucideIcon } from "lucide-react"
import type { PlaceName } from "./places"

export const placeIcons: Readonly<Record<PlaceName, LucideIcon>> = {
  inbox: Inbox,
  runs: Workflow,
  tools: Wrench,
  keys: KeyRound,
  members: UsersRound,
  clients: Building2,
}
