import type { Actor } from './actor.ts'
import { DatabaseModel } from './database-model.ts'
import { TIMES } from './scenario.ts'
import type { World } from './world.ts'

/**
 * Checks a rotator that drops the previous version. Returns what it did too early: a sender did not answer its last look, or a replica that answered has
 * counted a use within the validation period before that look. An emergency may do both. Once the overlap is over, a rotator may drop a version that is used.
 */
export function findHaste(world: World, { order, looks }: Actor): string | undefined {
  const { leak, latest, uses, farSide, promotedAtMs } = world
  const { previous } = latest
  if (previous === undefined || leak !== undefined || order === 'rotate compromised')
    return undefined
  const name = world.nameOf(previous.version)
  const senders = looks.get('alpha')
  if (senders === undefined) return `${name} is dropped, and no sender was asked`
  const [silent] = senders.silent
  if (silent !== undefined) return `${name} is dropped, and ${silent} has not answered`
  // Its sessions show the use of a login.
  if (farSide instanceof DatabaseModel) return undefined
  const hard = farSide === undefined ? TIMES.maxOverlapMs : Infinity
  for (const { atMs, uses: seen, answering } of looks.values()) {
    if (atMs - promotedAtMs >= hard) continue
    const early = uses
      .slice(0, seen)
      .find(
        (use) =>
          use.version === previous.version &&
          use.atMs > atMs - TIMES.validationMs &&
          use.by.some((replica) => answering.includes(replica)),
      )
    if (early !== undefined) return `${name} is dropped before it was silent for long enough`
  }
  return undefined
}
