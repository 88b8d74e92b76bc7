import type { Rotated, RotationOptions } from '@rekey/rekey/internal/engine'
import { rotate, RotationError } from '@rekey/rekey/engine'
import { SecretError, systemClock } from '@rekey/secret'
import type { RotationKind } from '@rekey/secret/kind'

/** Why a run of a rotation ended before its end. */
export interface Interruption {
  readonly code: string
  readonly step: string | undefined
}

const AGAIN_MS = 300
/** No fault lasts as long. */
const RUNS = 1_000

/**
 * Runs a rotation again until it has finished, as its schedule does: while another rotator holds it, and where it stopped, was rolled
 * back, or cannot reach its journal.
 *
 * @param onInterrupted gives false if it is not to run again
 * @throws {RotationError | SecretError} of any other kind; the reason of the signal
 */
export async function rotatePatiently(
  kind: RotationKind,
  options: RotationOptions & { readonly signal: AbortSignal },
  onInterrupted: (interruption: Interruption) => boolean,
): Promise<Rotated> {
  for (let run = 1; ; run += 1) {
    try {
      return await rotate(kind, options)
    } catch (error) {
      options.signal.throwIfAborted()
      const interruption = interruptionOf(error)
      if (interruption === undefined || run === RUNS) throw error
      if (!onInterrupted(interruption)) throw error
    }
    await systemClock.sleep(AGAIN_MS, options.signal, { keepAlive: true })
  }
}

function interruptionOf(error: unknown): Interruption | undefined {
  if (error instanceof RotationError) return { code: error.code, step: error.step }
  if (error instanceof SecretError && error.code === 'unreachable') {
    return { code: error.code, step: undefined }
  }
  return undefined
}
