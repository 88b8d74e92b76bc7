import { RotationError } from '@rekey/rekey/engine'
import { SecretError, type StagedSecret } from '@rekey/secret'
import type { Reply } from './actor.ts'

/** The reply of a read that shows what was there before the last write; none if nothing was. */
export function staleReply(
  before: StagedSecret | undefined,
  describe: (staged: StagedSecret) => string,
): Reply | undefined {
  return before && { text: `before: ${describe(before)}`, value: before }
}

/** Makes the effect of a call of some work, whose outcome is described by its value or by the code of its error. */
export function doing<T>(
  work: () => Promise<T>,
  describe: (value: T) => string,
): () => Promise<Reply> {
  return async () => {
    try {
      const value = await work()
      return { text: describe(value), value }
    } catch (error) {
      if (!(error instanceof Error)) throw error
      const isKnown = error instanceof SecretError || error instanceof RotationError
      return { text: isKnown ? error.code : 'fails', error }
    }
  }
}
