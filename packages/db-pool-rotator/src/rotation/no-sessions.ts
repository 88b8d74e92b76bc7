import { SecretError } from '@rekey/secret'
import type { StepContext } from '@rekey/secret/kind'
import type { DatabaseServer } from './database-server.ts'

/** Which login must have no session, and for how long to wait. */
export interface NoSessionsOptions {
  readonly login: string
  readonly deadlineMs: number
  readonly pollMs: number
}

/** One look can fall between two short sessions. */
const LOOKS = 2

/**
 * Waits until a login role has no session on any server, seen twice in a row.
 *
 * @throws {SecretError} `unreachable` naming who is still connected when the deadline passes
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
    const sessions = await server.sessions(login)
    quietLooks = sessions.length === 0 ? quietLooks + 1 : 0
    if (quietLooks >= LOOKS) return
    const who = sessions.join('; ')
    if (clock.elapsed() >= deadline) {
      throw new SecretError('unreachable', `${login} is still logged in: ${who}`)
    }
    if (sessions.length > 0) context.waiting(`${sessions.length} sessions of ${login}: ${who}`)
    await clock.sleep(pollMs, signal, { keepAlive: true })
  }
}
