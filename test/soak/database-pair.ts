import { setTimeout as delay } from 'node:timers/promises'
import { openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import { openSteadyAddress } from './steady-address.ts'
import { signalTree } from './signal-tree.ts'

/** A PostgreSQL at an address that stays, whichever server answers there. */
export interface DatabasePair extends AsyncDisposable {
  /** As a stack uses it. */
  readonly server: Postgres
  /** Ends the server at once, as a crash does. */
  crash(): Promise<void>
  /** Starts it again after {@link crash}. */
  start(): Promise<void>
  /** Makes a standby that has every commit before it is answered. */
  addStandby(): Promise<void>
  /** Ends the server at once, and lets the standby take its place. */
  failOver(): Promise<void>
  pause(): Promise<void>
  resume(): Promise<void>
  /** Runs a statement as superuser, in a database. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>
}

/** What is answered is on disk: a server that is ended at once loses nothing that it has answered. */
const SETTINGS = { max_connections: 120, synchronous_commit: 'on' }
const SYNCHRONOUS = "select 1 from pg_stat_replication where sync_state = 'sync'"
const LOOK_MS = 50
const STANDBY_WITHIN_MS = 60_000

/** Opens the server that is the first to answer. */
export async function openDatabasePair(): Promise<DatabasePair> {
  let primary = await openPostgres({ settings: SETTINGS })
  let standby: Postgres | undefined
  const address = await openSteadyAddress(() => primary.port)
  const query = (text: string, values?: readonly unknown[]) => ask(primary, text, values)
  const crash = async () => {
    if (primary.pid !== undefined) process.kill(primary.pid, 'SIGQUIT')
    await primary.stop()
  }
  const close = async () => {
    await address[Symbol.asyncDispose]()
    await standby?.close()
    await primary.close()
  }
  return {
    server: at(address.port, () => primary),
    query,
    crash,
    start: () => primary.start(),
    async addStandby() {
      standby = await openPostgres({ settings: SETTINGS, standbyOf: primary })
      await query("alter system set synchronous_standby_names = '*'")
      await query('select pg_reload_conf()')
      const endAt = performance.now() + STANDBY_WITHIN_MS
      while ((await query(SYNCHRONOUS)).length === 0) {
        if (performance.now() > endAt) throw new Error('the standby does not follow')
        await delay(LOOK_MS)
      }
    },
    async failOver() {
      if (standby === undefined) throw new TypeError('there is no standby')
      const old = primary
      await crash()
      await ask(standby, 'select pg_promote()')
      primary = standby
      standby = undefined
      address.cutAll()
      await old.close()
    },
    pause: () => signalTree(primary.pid, 'SIGSTOP'),
    resume: () => signalTree(primary.pid, 'SIGCONT'),
    [Symbol.asyncDispose]: close,
  }
}

/** The server of the moment, at the address that stays. */
function at(port: number, now: () => Postgres): Postgres {
  const adminUrl = {
    expose: () => {
      const url = new URL(now().adminUrl.expose())
      url.port = String(port)
      return url.href
    },
  }
  return {
    ...{ host: '127.0.0.1', port, adminUrl },
    get pid() {
      return now().pid
    },
    get logPath() {
      return now().logPath
    },
    start: () => now().start(),
    stop: () => now().stop(),
    restart: () => now().restart(),
    follow: (upstream) => now().follow(upstream),
    close: () => now().close(),
    [Symbol.asyncDispose]: () => now().close(),
  }
}

async function ask(server: Postgres, text: string, values: readonly unknown[] = []) {
  const client = new pg.Client({ connectionString: server.adminUrl.expose() })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query<Record<string, unknown>>(text, [...values])).rows
  } finally {
    await client.end()
  }
}
