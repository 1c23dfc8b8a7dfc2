import pg from "pg"

type Changes = Readonly<{ role?: string; password?: string; database: string }>

/** The same server, seen by another role or in another database. */
export function urlOf(base: string, { role, password, database }: Changes): string {
  const url = new URL(base)
  if (role !== undefined) url.username = role
  if (password !== undefined) url.password = password
  url.pathname = `/${database}`
  return url.href
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
