import { SecretError } from '@rekey/secret'
import { EMERGENCY_DEADLINE_MS } from '@rekey/secret/internal/kind'
import { type SqlClient, type StepContext } from '@rekey/secret/kind'
import { query } from '../roles/admin-query.ts'
import type { Cluster } from './cluster.ts'

/** A server that receives the write-ahead log, as its upstream shows it. */
interface Follower {
  /** Of the process, whatever name its server is listed under. */
  readonly id: string
  /** `application_name` of its connection: by default its `cluster_name`, or `walreceiver`. */
  readonly name: string
  /** Null over a socket file, or if the administrator may not see it. */
  readonly address: string | null
  readonly at: string
  readonly maySee: boolean
}

/** A listed standby that is connected to an upstream. */
type Receiver = Omit<Follower, 'maySee' | 'at'>

/** Identifies a process of a server. */
const id = (row: string) => `${row}.pid || ' since ' || pg_postmaster_start_time() as id`

/**
 * Whatever receives the log, except logical replication, which names a database, and what copies or keeps the log without a server
 * that replays it. The rows are there for every role; what they hold is for those with the rights of `pg_read_all_stats`.
 */
const FOLLOWERS = `select ${id('r')}, r.application_name as name, host(r.client_addr) as address,
    pg_has_role('pg_read_all_stats', 'usage') as "maySee"
  from pg_catalog.pg_stat_replication r left join pg_catalog.pg_stat_activity a on a.pid = r.pid
  where a.datname is null and r.state is distinct from 'backup'
    and (r.replay_lsn is not null or r.state is distinct from 'streaming')`

const RECEIVERS = `select ${id('w')}, coalesce(nullif(current_setting('cluster_name'), ''), 'walreceiver') as name,
    host(inet_server_addr()) as address
  from pg_catalog.pg_stat_wal_receiver w`

/**
 * Finds the standbys that follow a server of the cluster and are not listed. A listed one that follows a server is connected to one,
 * so there are as many followers as receivers; which of them is not listed is found by name and address.
 *
 * @throws {SecretError} `forbidden` if the administrator may not see which servers follow
 */
async function findUnlisted(cluster: Cluster): Promise<string[]> {
  const followers = await distinct(cluster, async (client, at) => {
    const rows = await query<Omit<Follower, 'at'>>(client, FOLLOWERS)
    return rows.map((row) => ({ ...row, at }))
  })
  if (followers.some(({ maySee }) => !maySee)) throw mayNotSee()
  const receivers = await distinct(cluster, (client) => query<Receiver>(client, RECEIVERS))
  return withoutListed(followers, receivers).map(
    ({ name, address, at }) =>
      `${name} from ${address ?? 'the same host'}, which follows the server${at}`,
  )
}

/** A server that is listed under two names answers twice. */
async function distinct<Row extends { readonly id: string }>(
  cluster: Cluster,
  ask: (client: SqlClient, at: string) => Promise<Row[]>,
): Promise<Row[]> {
  const rows = (await cluster.each(ask)).flat()
  return [...new Map(rows.map((row) => [row.id, row])).values()]
}

/** From the surest sign to the least one: an address can be translated, a name be set for the connection alone. */
const SIGNS: readonly ((follower: Follower, receiver: Receiver) => boolean)[] = [
  (a, b) => a.name === b.name && a.address === b.address,
  (a, b) => a.address === b.address,
  (a, b) => a.name === b.name,
  () => true,
]

function withoutListed(followers: readonly Follower[], receivers: readonly Receiver[]): Follower[] {
  let left = [...followers]
  let unmatched = [...receivers]
  for (const matches of SIGNS) {
    unmatched = unmatched.filter((receiver) => {
      const found = left.find((follower) => matches(follower, receiver))
      left = left.filter((follower) => follower !== found)
      return found === undefined
    })
  }
  return left
}

const POLL_MS = 100

/**
 * Requires that each standby is listed: sessions of one that is not can neither be seen nor ended. One that has just gone may show
 * for a while, so it waits until the deadline.
 *
 * @throws {SecretError} `refused` naming the standbys that are not listed; `forbidden` without the right to see them
 */
export async function requireListed(
  cluster: Cluster,
  context: StepContext,
  deadlineMs: number,
): Promise<void> {
  const { clock, signal, compromised } = context
  const patienceMs = compromised ? Math.min(deadlineMs, EMERGENCY_DEADLINE_MS) : deadlineMs
  const deadline = clock.elapsed() + patienceMs
  for (;;) {
    const unlisted = await findUnlisted(cluster)
    if (unlisted.length === 0) return
    const found = `standbys that are not listed: ${unlisted.join('; ')}`
    if (clock.elapsed() >= deadline) {
      const remedy =
        'add HOST:PORT of each to the standbys of its server in the family, or disconnect it'
      throw new SecretError('refused', `${found}: ${remedy}`, { standbys: unlisted.length })
    }
    context.waiting(found)
    await clock.sleep(POLL_MS, signal, { keepAlive: true })
  }
}

function mayNotSee(): SecretError {
  const remedy = 'grant pg_read_all_stats to its role'
  return new SecretError(
    'forbidden',
    `other servers follow PostgreSQL, and the rotator may not see which: ${remedy}`,
  )
}
