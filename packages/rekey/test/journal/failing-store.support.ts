import { SecretError, type SecretStore } from '@rekey/secret'

/** What stands between a store and who uses it: told of each call, and does it or not. */
export type Intercept = <T>(verb: Verb, work: () => Promise<T>) => Promise<T>

type Verb = 'read' | 'create' | 'stage' | 'abort' | 'promote' | 'rollback' | 'revoke'

/** `store`, with every call handed to `intercept`. */
export function intercepted(store: SecretStore, intercept: Intercept): SecretStore {
  return {
    locator: store.locator,
    read: (name) => intercept('read', () => store.read(name)),
    create: (name, value) => intercept('create', () => store.create(name, value)),
    stage: (...args) => intercept('stage', () => store.stage(...args)),
    abort: (name, expected) => intercept('abort', () => store.abort(name, expected)),
    promote: (name, expected) => intercept('promote', () => store.promote(name, expected)),
    rollback: (name, expected) => intercept('rollback', () => store.rollback(name, expected)),
    revoke: (name, expected) => intercept('revoke', () => store.revoke(name, expected)),
  }
}

/** A store that falls silent for ever after `calls` calls, as a process that was killed sees it. */
export function dyingAfter(calls: number, store: SecretStore) {
  let left = calls
  let died = (): void => undefined
  const isDead = new Promise<void>((resolve) => (died = resolve))
  const dying = intercepted(store, (_, work) => {
    left -= 1
    if (left >= 0) return work()
    died()
    return new Promise(() => undefined)
  })
  return { store: dying, isDead }
}

/** A store that does what it is told, and whose reply to the call number `lost` never comes. */
export function losingReply(lost: number, store: SecretStore): SecretStore {
  let calls = 0
  return intercepted(store, async (verb, work) => {
    const result = await work()
    calls += 1
    if (calls === lost) throw new SecretError('unreachable', `no reply to ${verb}`)
    return result
  })
}
