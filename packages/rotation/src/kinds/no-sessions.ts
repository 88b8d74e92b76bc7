import { type Session, sessionsOf } from '@rekey/db-pool-rotator/roles'
import { SecretError, systemClock } from '@rekey/secret'
import type pg from 'pg'
import type { StepContext } from '../rotation-kind.ts'
import { withClient } from './with-client.ts'

/** Which login must have no session, and for how long to wait. */
export interface NoSessionsOptions {
  readonly login: string
  readonly deadlineMs: number
  readonly pollMs: number
}

/** One look can fall between two short sessions. */
const LOOKS = 2

/**
 * Waits until a login role has no session, seen twice in a row.
 *
 * @throws {SecretError} `unreachable` naming who is still connected when the deadline passes
 */
export async function waitForNoSessions(
  admin: pg.Pool,
  { login, deadlineMs, pollMs }: NoSessionsOptions,
  context: StepContext,
): Promise<void> {
  const deadline = systemClock.now() + deadlineMs
  let quietLooks = 0
  for (;;) {
    const sessions = await withClient(admin, (client) => sessionsOf(client, login))
    quietLooks = sessions.length === 0 ? quietLooks + 1 : 0
    if (quietLooks >= LOOKS) return
    if (systemClock.now() >= deadline) {
      const who = sessions.map(describe).join(', ')
      throw new SecretError('unreachable', `${login} is still logged in: ${who}`)
    }
    if (sessions.length > 0) context.waiting(`${sessions.length} sessions of ${login}`)
    await systemClock.sleep(pollMs, context.signal, { keepAlive: true })
  }
}

function describe({ applicationName, clientAddress }: Session): string {
  return `${applicationName} from ${clientAddress ?? 'this host'}`
}
