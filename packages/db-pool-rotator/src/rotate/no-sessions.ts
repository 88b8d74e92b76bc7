import { SecretError } from '@rekey/secret'
import { lookUntil } from '@rekey/secret/internal/kind'
import type { StepContext } from '@rekey/secret/kind'
import type { DatabaseServer } from './database-server.ts'
import { adviseOnSessions, describePlacedSession, type PlacedSession } from './describe-session.ts'

/** Which login must have no session, and for how long to wait. */
export interface NoSessionsOptions {
  readonly login: string
  readonly deadlineMs: number
  readonly pollMs: number
}

/** One look can fall between two short sessions. */
const LOOKS = 2

/** A pool closes idle connections as soon as it has switched; one that is idle for longer is not a pool's. */
const LASTING_MS = 1_000

/**
 * Waits until a login role has no session on any server, seen twice in a row. All replicas have left it before. A look that fails is taken
 * again until the deadline.
 *
 * @throws {SecretError} `unreachable` naming who is still connected when the deadline passes, and how to end that, or the server that does
 * not answer
 */
export async function waitForNoSessions(
  server: DatabaseServer,
  { login, deadlineMs, pollMs }: NoSessionsOptions,
  context: StepContext,
): Promise<void> {
  const { clock, signal } = context
  const deadline = clock.elapsed() + deadlineMs
  let quietLooks = 0
  for (;;) {
    const look = () => server.sessions(login)
    const sessions = await lookUntil(look, { deadline, pollMs }, context)
    quietLooks = sessions.length === 0 ? quietLooks + 1 : 0
    if (quietLooks >= LOOKS) return
    const who = sessions.map(describePlacedSession).join('; ')
    if (clock.elapsed() >= deadline) {
      const message = `${login} is still logged in: ${who}; ${adviseOnSessions(sessions)}`
      throw new SecretError('unreachable', message)
    }
    if (sessions.length > 0) {
      const lasting = sessions.filter(isLasting)
      const advice = lasting.length === 0 ? '' : `; ${adviseOnSessions(lasting)}`
      context.waiting(`${sessions.length} sessions of ${login}: ${who}${advice}`)
    }
    await clock.sleep(pollMs, signal, { keepAlive: true })
  }
}

function isLasting({ session: { state, stateAgeMs } }: PlacedSession): boolean {
  return state === 'idle' && (stateAgeMs ?? 0) > LASTING_MS
}
