import type { Session } from '../roles/sessions.ts'

/** A session and its server: ` at 10.0.0.2:5432`, or nothing if there is one server. */
export interface PlacedSession {
  readonly session: Session
  readonly at: string
}

/** Who is logged in, from where, and what would be lost by ending it: `report from 10.0.0.7, idle in transaction, … at 10.0.0.2:5432`. */
export function describePlacedSession({ session, at }: PlacedSession): string {
  const { applicationName, clientAddress, state, locks, temporaryTables } = session
  const holds = [...locks, ...temporaryTables.map((name) => `temporary table ${name}`)]
  const parts = [
    `${applicationName || 'an unnamed session'} from ${clientAddress ?? 'this host'}`,
    ...(state === null ? [] : [state]),
    ...(holds.length === 0 ? [] : [`with ${holds.join(' and ')}`]),
  ]
  return parts.join(', ') + at
}

/** A pool closes idle connections as soon as it has switched; one that is idle for longer is not a pool's. */
const LASTING_MS = 1_000

/** A session of a login that all replicas have left, and how to end an idle one as a pooler keeps it, on which no query can fail. */
export function describeOpenSession(placed: PlacedSession): string {
  const { pid, state, stateAgeMs } = placed.session
  const who = describePlacedSession(placed)
  if (state !== 'idle' || (stateAgeMs ?? 0) <= LASTING_MS) return who
  return `${who} (PgBouncer closes an idle session after its server_idle_timeout, or end it there: select pg_terminate_backend(${pid}))`
}
