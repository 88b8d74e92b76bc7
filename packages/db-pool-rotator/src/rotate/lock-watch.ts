import { SecretError } from '@rekey/secret'
import type { SqlClient, StepContext } from '@rekey/secret/kind'
import { query } from '../roles/admin-query.ts'

/** How long one statement that changes roles waits for the lock of another session, in milliseconds. */
const LOCK_TIMEOUT_MS = 5_000

/** How long a lock may be held in the way before its holder is looked for. */
const LOOK_MS = 500

interface Holder {
  readonly pid: number
  readonly name: string
}

/** Any role may lock the row of its own login, by changing its password, and any role that it grants something on its own table. */
const HOLDERS = `select a.pid, format('%s of role %s (process %s, %s)', coalesce(nullif(a.application_name, ''), 'a session without a name'),
    quote_ident(coalesce(a.usename, 'unknown')), a.pid, coalesce(a.state, 'state not shown')) as name
  from pg_catalog.pg_stat_activity a where a.pid = any (pg_blocking_pids($1)) order by a.pid`

/** How locks in the way of a change are found. */
export interface LockWatch {
  /** The connection that makes the change, in a transaction. */
  readonly client: SqlClient
  /** Lends another connection to the server. */
  readonly look: <T>(work: (client: SqlClient) => Promise<T>) => Promise<T>
  readonly context: Pick<StepContext, 'clock' | 'compromised' | 'waiting'>
}

/**
 * Changes roles with a limit for each wait. Sessions that hold a lock in the way are named; in an emergency they are ended, since the login
 * that leaked may be one of them.
 *
 * @throws {SecretError} `conflict` naming who holds the lock; what `work` throws
 */
export async function withLockWatch<T>(watch: LockWatch, work: () => Promise<T>): Promise<T> {
  const limit = `select set_config('lock_timeout', $1, true), pg_backend_pid() as pid`
  const [own] = await query<{ pid: number }>(watch.client, limit, [`${LOCK_TIMEOUT_MS}ms`])
  const done = new AbortController()
  const names = new Set<string>()
  const watching = watchHolders(watch, { pid: own?.pid ?? 0, names, signal: done.signal })
  try {
    return await work()
  } catch (error) {
    throw names.size > 0 && isLockTimeout(error) ? heldBy(names) : error
  } finally {
    done.abort()
    await watching
  }
}

async function watchHolders(
  { look, context }: LockWatch,
  { pid, names, signal }: { pid: number; names: Set<string>; signal: AbortSignal },
): Promise<void> {
  try {
    for (;;) {
      await context.clock.sleep(LOOK_MS, signal)
      const holders = await look((client) => query<Holder>(client, HOLDERS, [pid]))
      for (const { name } of holders) {
        if (!names.has(name)) context.waiting(`${name} holds a lock that this waits for`)
        names.add(name)
      }
      if (context.compromised) await look((client) => end(client, pid))
    }
  } catch {
    // It ends with the change; without a second connection that waits as long as its limit.
  }
}

/** In one statement, so that a process number is that of a session in the way. */
async function end(client: SqlClient, pid: number): Promise<void> {
  await query(client, 'select pg_terminate_backend(h) from unnest(pg_blocking_pids($1)) h', [pid])
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof SecretError && error.details['reason'] === '55P03'
}

function heldBy(names: ReadonlySet<string>): SecretError {
  const named = [...names].join('; ')
  const remedy = 'end it there (pg_terminate_backend), and run this again'
  return new SecretError(
    'conflict',
    `Roles cannot be changed while ${named} holds a lock: ${remedy}`,
    {
      reason: '55P03',
    },
  )
}
