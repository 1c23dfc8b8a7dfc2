import type pg from "pg"

/**
 * Whether something pools connections between this client and the server. A
 * pooler hands out a process number of its own for cancelling; a server hands
 * out the one that it also tells in SQL.
 */
export async function isPooled(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")

  return rows[0]?.pid !== (client as pg.Client & { processID?: number }).processID
}
