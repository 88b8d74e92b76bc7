import { SecretError, type SecretVersion } from '@rekey/secret'
import { acknowledgements, type Patience } from '../fleet.ts'
import type { StepContext } from '../rotation-kind.ts'

/** How silence is observed. */
export interface SilenceOptions extends Patience {
  readonly service: string
  /** How long there must be no use. */
  readonly validationMs: number
}

/**
 * Waits until no replica has seen a use of `old` for the whole validation period. Counts are compared rather than times, so
 * that clocks need not agree; a replica that does not answer breaks the silence.
 *
 * @throws {SecretError} `unreachable` when the deadline passes before the silence is long enough
 */
export async function waitForSilence(
  old: SecretVersion,
  options: SilenceOptions,
  context: StepContext,
): Promise<void> {
  const { validationMs, deadlineMs, pollMs } = options
  const { clock } = context
  const deadline = clock.now() + validationMs + deadlineMs
  let heard = await countUses(old, options, context.signal)
  let silentSince = clock.now()
  for (;;) {
    const now = clock.now()
    const uses = await countUses(old, options, context.signal)
    if (uses === undefined || uses !== heard) silentSince = now
    heard = uses
    const silentMs = now - silentSince
    if (uses !== undefined && silentMs >= validationMs) return
    if (now >= deadline) {
      throw new SecretError(
        'unreachable',
        `${options.secret}: the old key is still in use, or a replica is silent`,
      )
    }
    context.waiting(`old key silent for ${silentMs} of ${validationMs} ms`)
    await clock.sleep(pollMs, context.signal, { keepAlive: true })
  }
}

async function countUses(
  old: SecretVersion,
  options: SilenceOptions,
  signal: AbortSignal,
): Promise<number | undefined> {
  const answers = await acknowledgements(options, signal)
  let uses = 0
  for (const { said } of answers) {
    if (said === undefined) return undefined
    uses += said.usage.versions.find(({ version }) => version === old.version)?.uses ?? 0
  }
  return uses
}
