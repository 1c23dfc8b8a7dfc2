import type pg from "pg"
import { until } from "./world"

/** Where an operation can be stopped: the tables whose statements the lifecycle is made of. */
const tables = [
  ...["run", "approval", "vote", "withdrawn_vote", "execution", "break_glass", "stand_in", "audit_leaf"],
  ...["tool_call", "change", "api_key", "membership", "stop", "policy_version", "tenant", "tool"],
]

/**
 * Lets a test stop whoever writes next in a tenant: before their first
 * statement (0), or after their nth. Installed by the superuser in a test's own
 * database; nothing of the product knows of it.
 */
export async function installPauses(su: pg.Client): Promise<void> {
  await su.query(`
    CREATE SCHEMA IF NOT EXISTS test;
    GRANT USAGE ON SCHEMA test TO PUBLIC;
    CREATE TABLE test.pause (
      tenant_id text PRIMARY KEY, lock int NOT NULL, at int NOT NULL, is_armed boolean NOT NULL, counter regclass NOT NULL);
    CREATE FUNCTION test.pause_here() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '30s'
    AS $$
    DECLARE
      v_pause test.pause;
    BEGIN
      SELECT * INTO v_pause FROM test.pause WHERE tenant_id = current_setting('app.tenant', true) AND is_armed;
      IF NOT FOUND THEN RETURN NULL; END IF;
      IF TG_WHEN = 'AFTER' AND nextval(v_pause.counter) = v_pause.at OR TG_WHEN = 'BEFORE' AND v_pause.at = 0 THEN
        PERFORM pg_advisory_xact_lock_shared(${lockSpace}, v_pause.lock);
      END IF;
      RETURN NULL;
    END
    $$;`)
  for (const table of tables) {
    for (const moment of ["BEFORE", "AFTER"]) {
      await su.query(
        `CREATE TRIGGER pause_${moment.toLowerCase()} ${moment} INSERT OR UPDATE OR DELETE ON "${table}"
         FOR EACH STATEMENT EXECUTE FUNCTION test.pause_here()`,
      )
    }
  }
}

/** Any number: that of our locks, beside which each tenant has one. */
const lockSpace = 4_711

/** Sees who has stopped, and for whom of them somebody waits. */
export type Lookout = Readonly<{ stopped: ReadonlyMap<number, Readonly<{ isWaitedFor: boolean }>> }>

const whoStopped = `
  WITH stopped AS MATERIALIZED (
    SELECT pid, objid::int AS lock FROM pg_locks WHERE locktype = 'advisory' AND classid = ${lockSpace} AND NOT granted
  ), waiting AS MATERIALIZED (
    SELECT pg_blocking_pids(pid) AS by FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid NOT IN (SELECT pid FROM stopped)
  )
  SELECT lock, EXISTS (SELECT FROM waiting WHERE stopped.pid = ANY (by)) AS "isWaitedFor" FROM stopped`

/** Often enough that nobody stands still for long, and seldom enough that looking is no work (milliseconds). */
const lookEveryMs = 20

/** One look serves everybody who wants to know at that moment. */
export function lookoutOf(su: pg.Client): () => Promise<Lookout> {
  let next: Promise<Lookout> | null = null
  const look = async (): Promise<Lookout> => {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
    next = null
    const { rows } = await su.query<{ lock: number; isWaitedFor: boolean }>({
      name: "lookout",
      text: whoStopped,
    })
    return { stopped: new Map(rows.map(({ lock, isWaitedFor }) => [lock, { isWaitedFor }])) }
  }

  return () => (next ??= look())
}

/** Whoever has not stopped by then never will (milliseconds). */
const patienceMs = 60_000

/** The pauses of one tenant, on a connection of their own. */
export type Pauses = Readonly<{
  /** The next to write stops after this many statements. */
  arm: (at: number) => Promise<void>
  /** Resolves with true once somebody has stopped, with false once `work` is over without that. */
  stopped: (work: Promise<unknown>) => Promise<boolean>
  /** Nobody else stops. */
  disarm: () => Promise<void>
  /** Resolves once `work` is over, or waits for who has stopped. */
  overOrWaiting: (work: Promise<unknown>) => Promise<void>
  release: () => Promise<void>
}>

type Paused = Readonly<{ su: pg.Client; tenantId: string; lock: number; look: () => Promise<Lookout> }>

export async function pausesOf({ su, tenantId, lock, look }: Paused): Promise<Pauses> {
  await su.query(`CREATE SEQUENCE test.statements_${lock}`)
  await su.query(`INSERT INTO test.pause VALUES ($1, $2, 0, false, 'test.statements_${lock}'::regclass)`, [
    tenantId,
    lock,
  ])

  return {
    arm: async (at) => {
      await su.query(
        `SELECT pg_advisory_lock(${lockSpace}, ${lock}), setval('test.statements_${lock}', 1, false)`,
      )
      await su.query("UPDATE test.pause SET at = $2, is_armed = true WHERE tenant_id = $1", [tenantId, at])
    },
    stopped: async (work) => {
      const over = endOf(work)
      let isStopped = false
      const sees = async () => over.isReached || (isStopped = (await look()).stopped.has(lock))
      await until("stopped or over", sees, patienceMs)
      return isStopped
    },
    disarm: async () => {
      await su.query("UPDATE test.pause SET is_armed = false WHERE tenant_id = $1", [tenantId])
    },
    overOrWaiting: async (work) => {
      const over = endOf(work)
      const sees = async () => over.isReached || (await look()).stopped.get(lock)?.isWaitedFor === true
      await until("over or waiting", sees, patienceMs)
    },
    release: async () => {
      await su.query(`SELECT pg_advisory_unlock(${lockSpace}, ${lock})`)
    },
  }
}

function endOf(work: Promise<unknown>): Readonly<{ isReached: boolean }> {
  const end = { isReached: false }
  const reach = () => {
    end.isReached = true
  }
  work.then(reach, reach)
  return end
}
