import { Badge } from "@/components/ui/badge"

/** Whether a client's agents can do anything. */
export function ClientStatus({ status }: Readonly<{ status: "active" | "suspended" }>) {
  return status === "active" ? <Badge tone="good" words="active" /> : <Badge tone="look" words="suspended" />
}
