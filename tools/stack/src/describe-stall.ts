import { readFile } from 'node:fs/promises'
import { type HealthReport, type PendingWait, pendingWaits } from '@rekey/secret/internal'
import { SecretError, within } from '@rekey/secret'
import type { SqlPool } from '@rekey/secret/kind'
import type { Rotator } from '@rekey/rekey/internal/rotator'
import type { Stack } from './open-stack.ts'
import { DATABASE_SERVICES } from './reference-family.ts'

/** The facts that describe a stall. */
export interface StallFixture {
  readonly stack: Pick<Stack, 'services'>
  readonly rotator: Pick<Rotator, 'adminPool'>
}

const ANSWER_MS = 2_000

/**
 * Lists who waits for what at this moment: this process with its load and its rotator, each service, and the sessions of each
 * database. A process that gives no answer is described by what the kernel knows of it.
 */
export async function describeStall({ stack, rotator }: StallFixture): Promise<string> {
  const own = pendingWaits().map(describeWait)
  const services = await Promise.all(stack.services.map(describeService))
  const sessions = await Promise.all(
    DATABASE_SERVICES.map((name) => describeSessions(name, rotator.adminPool(name))),
  )
  const sections = [['load and rotator', ...(own.length === 0 ? ['nothing'] : own)], ...services]
  return [...sections, ...sessions]
    .map(([title, ...rows]) => [`${title} wait for:`, ...rows.map((row) => `  ${row}`)].join('\n'))
    .join('\n')
}

function describeWait({ what, sinceMs, limitMs }: PendingWait): string {
  return `${what} (for ${seconds(sinceMs)} of ${seconds(limitMs)})`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}

async function describeService({
  name,
  healthUrl,
  process: { pid },
}: Stack['services'][number]): Promise<string[]> {
  const title = `${name} (process ${pid ?? 'ended'})`
  try {
    const { waits } = await ask(healthUrl)
    return [title, ...(waits.length === 0 ? ['nothing'] : waits.map(describeWait))]
  } catch (error) {
    const why = error instanceof SecretError ? error.message : 'its health listener does not answer'
    return [title, `unknown: ${why}; ${await kernelState(pid)}`]
  }
}

function ask(healthUrl: string): Promise<HealthReport> {
  const limit = { what: `the report of ${healthUrl}`, limitMs: ANSWER_MS }
  return within(limit, async (signal) => {
    const response = await fetch(new URL('/health/secrets', healthUrl), { signal })
    return (await response.json()) as HealthReport
  })
}

/** The state of the main thread: proc(5), `/proc/PID/stat` and `/proc/PID/wchan`. */
async function kernelState(pid: number | undefined): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid ?? 0}/stat`, 'utf8')
    const channel = await readFile(`/proc/${pid ?? 0}/wchan`, 'utf8')
    const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
    return `its main thread is in state ${state}, in ${channel === '0' ? 'no wait' : channel}`
  } catch {
    // Gone, or no Linux: there is nothing more to find out.
    return 'the system does not show its state'
  }
}

const SESSIONS = `
  select pid, usename, application_name, state, wait_event_type, wait_event,
    extract(epoch from now() - state_change)::float as for_s
  from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()
  order by state_change`

interface Session {
  readonly pid: number
  readonly usename: string | null
  readonly application_name: string
  readonly state: string | null
  readonly wait_event_type: string | null
  readonly wait_event: string | null
  readonly for_s: number | null
}

async function describeSessions(database: string, pool: SqlPool): Promise<string[]> {
  const title = `the sessions of database ${database}`
  try {
    const limit = { what: title, limitMs: ANSWER_MS }
    const { rows } = await within(limit, () => pool.query<Session>(SESSIONS))
    return [title, ...rows.map(describeSession)]
  } catch {
    // The driver's words may quote values.
    return [title, 'unknown: PostgreSQL does not answer']
  }
}

function describeSession(session: Session): string {
  const { pid, usename, application_name: application, state, for_s: age } = session
  const wait =
    session.wait_event === null ? 'nothing' : `${session.wait_event_type}/${session.wait_event}`
  const since = age === null ? '' : ` for ${age.toFixed(1)} s`
  return `${wait}: ${usename ?? 'dropped role'} of ${application} (pid ${pid}), ${state ?? 'starting'}${since}`
}
