import type { Session } from '../roles/index.ts'

/** Who is logged in, from where, and what would be lost by ending it: `report from 10.0.0.7, idle in transaction, …`. */
export function describeSession(session: Session): string {
  const { applicationName, clientAddress, state, locks, temporaryTables } = session
  const holds = [...locks, ...temporaryTables.map((name) => `temporary table ${name}`)]
  return [
    `${applicationName || 'an unnamed session'} from ${clientAddress ?? 'this host'}`,
    ...(state === null ? [] : [state]),
    ...(holds.length === 0 ? [] : [`with ${holds.join(' and ')}`]),
  ].join(', ')
}
