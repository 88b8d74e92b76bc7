import type { SecretReading } from '../console/family-reading.ts'
import { liveVersions } from '@rekey/secret/internal'
import { within } from '@rekey/secret'
import type { Member } from './members.ts'

/** A far side that does not answer shall not hold up what the others show. */
const COUNT_LIMIT_MS = 3_000

/** Counts the sessions of each live version at the far side, or gives why it could not. Undefined: it keeps none. */
export async function sessionsOf(
  { rotation, staged }: Pick<Member, 'rotation' | 'staged'>,
  signal: AbortSignal,
): Promise<SecretReading['sessions']> {
  if (rotation.countSessions === undefined) return undefined
  const deadline = { what: 'the count of sessions', limitMs: COUNT_LIMIT_MS, signal }
  try {
    return await within(deadline, (limited) =>
      Promise.all(
        liveVersions(staged).map(async (one) => {
          const clients = (await rotation.countSessions?.(one, limited)) ?? []
          return { version: one.version, clients }
        }),
      ),
    )
  } catch (error) {
    signal.throwIfAborted()
    return { error }
  }
}
