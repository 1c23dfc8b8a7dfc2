import { Badge } from "@/components/ui/badge"

/** Whether a run goes on. */
export function RunBadge({ status }: Readonly<{ status: "open" | "closed" }>) {
  return <Badge tone={status === "open" ? "open" : "off"} words={status} />
}
