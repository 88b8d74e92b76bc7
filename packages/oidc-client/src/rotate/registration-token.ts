import type { Secret, SecretStore, StagedSecret } from '@rekey/secret'
import { isSame } from './client-secret-provider.ts'

/** The registration access token of a client (RFC 7592), which a provider may replace in any answer. */
export interface RegistrationToken {
  /** The newest one. */
  read(signal: AbortSignal): Promise<Secret>
  /** Keeps `next`, which is the only one that the provider accepts from now on. */
  replace(next: Secret): Promise<void>
}

/**
 * A registration access token as a secret of its own in the store. A new one is staged in one write, since the one before is
 * worth nothing by then; the rest of its way may be cut short by a crash and is gone the next time.
 */
export function storedRegistrationToken(store: SecretStore, name: string): RegistrationToken {
  return {
    async read(signal) {
      const { pending, current } = await store.read(name, signal)
      return (pending ?? current).value
    },
    async replace(next) {
      const staged = await keepNewest(store, await store.read(name))
      if (isSame(staged.current.value, next)) return
      await keepNewest(store, await store.stage(name, next, staged.revision))
    },
  }
}

/** Leaves only the newest version. */
async function keepNewest(store: SecretStore, found: StagedSecret): Promise<StagedSecret> {
  const { name } = found
  const bare = found.previous === undefined ? found : await store.revoke(name, found.revision)
  if (bare.pending === undefined) return bare
  const promoted = await store.promote(name, bare.revision)
  return store.revoke(name, promoted.revision)
}
