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

/** How to end sessions of a login that all replicas have left: idle ones as a pooler keeps them, on which no query can fail. */
export function adviseOnSessions(sessions: readonly PlacedSession[]): string {
  const idle = sessions.filter(({ session }) => session.state === 'idle')
  if (idle.length === 0) return 'end them where they come from'
  const ends = idle.map(({ session, at }) => `select pg_terminate_backend(${session.pid})${at}`)
  return `all replicas have left this login: PgBouncer closes an idle session after its server_idle_timeout, or end it: ${ends.join('; ')}`
}
