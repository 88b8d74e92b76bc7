import { randomBytes } from 'node:crypto'
import { Secret, type SecretStore, type StagedSecret, STAGES } from '@rekey/secret'

/** The store of the running test. */
export type Scene = () => SecretStore

/** The writes that name a revision. */
export type Verb = 'stage' | 'discard' | 'promote' | 'rollback' | 'revoke'

/** The secret of the suite. */
export const NAME = 'API_KEY_FRONTEND_SIGNING'

const CHANGE_MS = 15_000

/** A secret with a current and a pending version. */
export async function stagedScene(store: SecretStore) {
  const values = [random(), random()] as const
  const created = await store.create(NAME, values[0])
  const staged = await store.stage(NAME, values[1], created.revision)
  return { staged, values: values.map((value) => value.expose()) }
}

/** Does `verb` to the secret of the suite; `value` is what `stage` stages. */
export function act(store: SecretStore, verb: Verb, expected: string, value = random()) {
  return verb === 'stage' ? store.stage(NAME, value, expected) : store[verb](NAME, expected)
}

/** A fresh random value. */
export function random(): Secret {
  return Secret.of(randomBytes(32).toString('base64url'), NAME)
}

/** The values by stage. */
export function contents(staged: StagedSecret): Record<string, string | undefined> {
  return Object.fromEntries(
    STAGES.filter((s) => staged[s]).map((s) => [s, staged[s]?.value.expose()]),
  )
}

/** The versions by stage. */
export function versions(staged: StagedSecret): Record<string, string | undefined> {
  return Object.fromEntries(STAGES.map((stage) => [stage, staged[stage]?.version]))
}

/** Fails if a change is not seen in 15 s. */
export function withDeadline<T>(work: Promise<T> | undefined): Promise<T | undefined> {
  const late = new Promise<undefined>((_, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('no change was seen in time'))
    }, CHANGE_MS)
    timer.unref()
  })
  return Promise.race([Promise.resolve(work), late])
}
