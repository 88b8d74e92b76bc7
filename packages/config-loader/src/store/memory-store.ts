import { type Clock, type SecretStore, systemClock } from '@rekey/secret'
import { createInstantReads, type Wakeup } from './watched-reads.ts'
import { checkSecretName, stagedSecret, type StoredStages } from './stored-stages.ts'
import { advance, createStoreVerbs, type StoreChange } from './transitions.ts'

/** A store that can be watched. */
export type WatchableStore = SecretStore & Required<Pick<SecretStore, 'watch'>>

/** Options of {@link createMemoryStore}. */
export interface MemoryStoreOptions {
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/**
 * A store in the memory of this process, for tests. `initial` holds current values by name.
 *
 * @throws {SecretError} `malformed` for a bad name or an empty value
 *
 * @example
 * ```ts
 * const store = createMemoryStore({ API_KEY_FRONTEND_SIGNING: 'dev-only' })
 * ```
 */
export function createMemoryStore(
  initial: Readonly<Record<string, string>> = {},
  { clock = systemClock }: MemoryStoreOptions = {},
): WatchableStore {
  const secrets = new Map<string, StoredStages>()
  const wakeups = new Set<Wakeup>()

  const staged = (name: string) =>
    stagedSecret(name, secrets.get(name) ?? {}, 'create it first', { kind: 'memory' })
  const change = (wanted: StoreChange) => {
    checkSecretName(wanted.name)
    secrets.set(wanted.name, advance(secrets.get(wanted.name) ?? {}, wanted))
    for (const wakeup of wakeups) wakeup.notify()
    return staged(wanted.name)
  }
  for (const [name, value] of Object.entries(initial)) {
    change({ name, verb: 'create', next: { value, createdAt: new Date(clock.now()) } })
  }

  return {
    locator: 'memory',
    ...createStoreVerbs(clock, change),
    ...createInstantReads({
      readInstant: () => Promise.resolve(staged),
      wakeUp(wakeup, _name, signal) {
        wakeups.add(wakeup)
        signal.addEventListener('abort', () => wakeups.delete(wakeup), { once: true })
      },
    }),
  }
}
