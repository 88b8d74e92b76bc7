import type { SecretSource, StagedSecret } from '@rekey/secret'
import { checkSecretName } from './secret-name.ts'
import { Wakeup, watchSecret } from './watch-secret.ts'

/** Options of {@link createWatchedReads}. */
export interface ReadsOptions {
  readonly load: (name: string) => Promise<StagedSecret>
  /** Arranges that `wakeup` is notified when `name` may have changed, until the signal aborts. */
  readonly wakeUp: (wakeup: Wakeup, name: string, signal: AbortSignal) => void
  readonly settle?: () => Promise<void>
  /** The revision that was last read here, by name; a reader by another way keeps it up to date too. */
  readonly handedOut?: Map<string, string>
}

/**
 * The `read` and `watch` of a source. A watch begins where the last `read` of that name ended, so that a change between
 * the two is not lost.
 */
export function createWatchedReads(
  options: ReadsOptions,
): Required<Pick<SecretSource, 'read' | 'watch'>> {
  const { handedOut = new Map<string, string>() } = options
  const load = async (name: string) => {
    checkSecretName(name)
    return options.load(name)
  }
  return {
    async read(name, signal) {
      signal?.throwIfAborted()
      const staged = await load(name)
      handedOut.set(name, staged.revision)
      return staged
    },
    watch: (name, signal) => {
      const wakeup = new Wakeup()
      if (!signal.aborted) options.wakeUp(wakeup, name, signal)
      return watchSecret({
        read: () => load(name),
        since: handedOut.get(name),
        wakeup,
        signal,
        ...(options.settle && { settle: options.settle }),
      })
    },
  }
}
