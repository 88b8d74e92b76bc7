import type { RotationKind } from '@rekey/secret/kind'
import type { Step } from '@rekey/secret/internal/kind'
import { rotate, type RotateOptions } from '../rotate.ts'
import type { RotationEvent } from '../../journal/journal.ts'

/** Rotates, and stops once `step` is done. The rotation stays open; the same call with a later step goes on with it. */
export async function rotateUntil(
  step: Step,
  kind: RotationKind,
  options: RotateOptions,
): Promise<void> {
  const reached = new AbortController()
  const stop = new Error(`${kind.name} has passed ${step}`)
  const signals = [reached.signal, ...(options.signal ? [options.signal] : [])]
  const onEvent = async (event: RotationEvent) => {
    await options.onEvent?.(event)
    if (event.step === step && event.phase === 'end') reached.abort(stop)
  }
  try {
    await rotate(kind, { ...options, signal: AbortSignal.any(signals), onEvent })
  } catch (error) {
    if (error !== stop) throw error
  }
}
