import { answer } from "@/lib/process/mounted"

export const dynamic = "force-dynamic"
export { answer as GET }
