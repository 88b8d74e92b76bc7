import { SecretError } from '../errors.ts'
import type { SecretVersion } from '../secret-version.ts'
import type { Patience } from './fleet.ts'
import type { StepContext } from './rotation-kind.ts'
import { VersionSilence } from './version-silence.ts'
import { describeUser } from './version-users.ts'

/** How silence is observed. */
export interface SilenceOptions extends Patience {
  readonly service: string
  /** How long there must be no use. */
  readonly validationMs: number
}

/**
 * Waits until no replica of a service has seen a use of `old` for the whole validation period. A replica that does not answer
 * breaks the silence.
 *
 * @throws {SecretError} `unreachable` naming who uses it or does not answer when the deadline passes
 */
export async function waitForSilence(
  old: SecretVersion,
  options: SilenceOptions,
  context: StepContext,
): Promise<void> {
  const { validationMs, deadlineMs, pollMs } = options
  const { clock, signal } = context
  const deadline = clock.elapsed() + validationMs + deadlineMs
  const silence = new VersionSilence(old.version, context)
  for (;;) {
    const askedAt = clock.elapsed()
    const senders = await options.fleet.acknowledgements(options, signal)
    const look = { senders, receivers: [], askedAt, heardAt: clock.elapsed() }
    silence.look(look)
    const deaf = senders.filter(({ ack }) => ack === undefined)
    if (deaf.length > 0) silence.restart(look.heardAt)
    await silence.save()
    const silentMs = silence.silentMs(look)
    if (silentMs >= validationMs) return
    if (askedAt >= deadline) {
      const unheard = deaf.map(({ replica }) => `no answer from ${replica.healthUrl}`)
      const users = silence.users(look, validationMs).map(describeUser)
      const why = [...users, ...unheard].join('; ')
      throw new SecretError('unreachable', `${options.secret}: the old key is still in use: ${why}`)
    }
    context.waiting(`old key silent for ${silentMs} of ${validationMs} ms`)
    await clock.sleep(pollMs, signal, { keepAlive: true })
  }
}
