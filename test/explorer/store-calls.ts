import { liveVersions } from '@rekey/secret/internal'
import type { SecretStore, StagedSecret } from '@rekey/secret'
import type { Actor } from './actor.ts'
import { doing, staleReply } from './doing.ts'
import { findHaste } from './overlap.ts'
import type { World } from './world.ts'

const READING = 'reads the store'

/** The step that ends with a write. */
const STEPS = new Map([
  ['stages', 'stage'],
  ['aborts', 'abort'],
  ['promotes', 'promote'],
  ['rolls back', 'roll-back'],
  ['revokes', 'revoke'],
])

/** The store of a world, each of whose calls is one of an actor. */
export function storeOf(world: World, actor: Actor): SecretStore {
  const { store } = world
  const { attempt } = actor.known
  const ask = (label: string, work: () => Promise<StagedSecret>, expected?: string) => {
    const isWrite = label !== READING
    const { epoch } = actor
    const isBeforeLeak = world.leak === undefined
    const read = (staged: StagedSecret) => {
      if (!isWrite) actor.read = liveVersions(staged).map(({ version }) => version)
      const text = world.describe(staged)
      actor.known.stores.push(`${label} ${text}`)
      return text
    }
    const describe = (staged: StagedSecret) => {
      const { leak } = world
      if (label === 'revokes') world.haste ??= findHaste(world, actor)
      const wasTakenOver = isBeforeLeak && leak !== undefined && actor.epoch < leak.epoch
      world.note(staged, { isLate: wasTakenOver || attempt !== actor.known.attempt })
      const step = STEPS.get(label)
      if (step !== undefined) world.changes.push({ step, epoch })
      return read(staged)
    }
    return actor.ask<StagedSecret>({
      object: 'store',
      label,
      isWrite,
      isBeforeLeak,
      expected,
      ...(!isWrite && { before: () => staleReply(world.before, read) }),
      effect: doing(work, describe),
    })
  }
  return {
    locator: 'model',
    read: (name) => ask(READING, () => store.read(name)),
    create: (name, value) => ask('creates', () => store.create(name, value)),
    stage: (name, value, at, options) =>
      ask('stages', () => store.stage(name, value, at, options), at),
    abort: (name, at) => ask('aborts', () => store.abort(name, at), at),
    promote: (name, at) => ask('promotes', () => store.promote(name, at), at),
    rollback: (name, at) => ask('rolls back', () => store.rollback(name, at), at),
    revoke: (name, at) => ask('revokes', () => store.revoke(name, at), at),
  }
}
