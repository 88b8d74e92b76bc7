import type { Clock, SecretStore, StagedSecret } from '@rekey/secret'
import { checkSecretName } from './secret-name.ts'
import type { StoreChange, StoreVerb } from './transitions.ts'

/**
 * The six writes of a store, all made from one: `apply` makes a {@link StoreChange} atomically and answers with what
 * the store then holds.
 */
export function createStoreVerbs(
  clock: Clock,
  apply: (change: StoreChange) => StagedSecret | Promise<StagedSecret>,
): Pick<SecretStore, StoreVerb> {
  const change = async (wanted: StoreChange) => {
    checkSecretName(wanted.name)
    return apply(wanted)
  }
  const version = (value: string, createdAt = new Date(clock.now())) => ({ value, createdAt })
  const move = (verb: StoreVerb) => (name: string, expected: string) =>
    change({ name, verb, expected })
  return {
    create: async (name, value) => change({ name, verb: 'create', next: version(value.expose()) }),
    stage: async (name, value, expected, origin) => {
      const next = version(value.expose(), origin?.createdAt)
      return change({ name, verb: 'stage', expected, next })
    },
    discard: move('discard'),
    promote: move('promote'),
    rollback: move('rollback'),
    revoke: move('revoke'),
  }
}
