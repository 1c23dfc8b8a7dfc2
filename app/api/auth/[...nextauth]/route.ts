import NextAuth from "next-auth"
import type { NextRequest } from "next/server"
import { authOptions } from "@/lib/auth/next-auth"

type Context = Readonly<{ params: Promise<{ nextauth: string[] }> }>

async function handler(request: NextRequest, context: Context): Promise<Response> {
  // The options need the runtime, which does not exist while Next collects its pages at build time.
  return (await NextAuth(request as never, context as never, authOptions())) as Response
}

export { handler as GET, handler as POST }
