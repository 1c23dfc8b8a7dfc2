import { redirect } from "next/navigation"
import { homePath } from "@/lib/auth/return-path"

export default function HomePage() {
  redirect(homePath)
}
