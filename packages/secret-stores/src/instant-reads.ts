import { SecretError, type SecretSource, type StagedSecret } from '@rekey/secret'
import { checkSecretName } from './secret-name.ts'
import { createWatchedReads, type ReadsOptions } from './watched-reads.ts'

/** Options of {@link createInstantReads}. */
export interface InstantReadsOptions extends Omit<ReadsOptions, 'load' | 'handedOut'> {
  /** Reads one instant, and answers with what looks a name of `names` up in it; that throws what `read` would. */
  readonly readInstant: (
    names: readonly string[],
    signal?: AbortSignal,
  ) => Promise<(name: string) => StagedSecret>
}

/** The `read`, `readAll` and `watch` of a source that can answer for several names out of one instant. */
export function createInstantReads(
  options: InstantReadsOptions,
): Required<Pick<SecretSource, 'read' | 'readAll' | 'watch'>> {
  const { readInstant } = options
  const handedOut = new Map<string, string>()
  const load = async (name: string) => (await readInstant([name]))(name)
  return {
    ...createWatchedReads({ ...options, load, handedOut }),
    async readAll(names, signal) {
      signal?.throwIfAborted()
      const find = await readInstant(names, signal)
      const found = names.map((name) => [name, outcome(name, find)] as const)
      for (const [name, staged] of found) {
        if (!(staged instanceof SecretError)) handedOut.set(name, staged.revision)
      }
      return new Map(found)
    },
  }
}

function outcome(name: string, find: (name: string) => StagedSecret): StagedSecret | SecretError {
  try {
    checkSecretName(name)
    return find(name)
  } catch (error) {
    if (error instanceof SecretError) return error
    throw error
  }
}
