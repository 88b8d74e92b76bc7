import { SecretError, type SecretVersion } from '@rekey/secret'
import { versionIn, type Answer } from '../fleet.ts'
import type { StepContext } from '../rotation-kind.ts'
import { type ApiKeyLink, askBothEnds, nameOf } from './api-key-link.ts'
import type { FailureWatch } from './failure-watch.ts'
import { KeySilence } from './key-silence.ts'

/** From which version to which everyone is to switch. */
export interface KeySwitch {
  readonly to: SecretVersion
  readonly from: SecretVersion
  /** What `from` is called in messages. */
  readonly fromName: 'old key' | 'new key'
  /** For how long nobody may have used `from`. It need not be silent once it has expired. */
  readonly silenceMs: number
  /** Whether a receiver that does not answer may still see uses of `from`. */
  readonly isHeardEverywhere: boolean
  /** Looks for refused calls. While there are too many, the silence does not begin. */
  readonly failures?: FailureWatch
}

/**
 * Waits until every sender says that it sends `to`, and `from` has been silent for long enough.
 *
 * @throws {SecretError} `unreachable` naming who is late when the deadline passes; `rejected` if too many calls fail
 */
export async function waitForSwitch(
  link: ApiKeyLink,
  change: KeySwitch,
  context: StepContext,
): Promise<void> {
  const { to, from, fromName, silenceMs, failures } = change
  const { clock, signal } = context
  const deadline = clock.now() + silenceMs + link.deadlineMs
  const silence = new KeySilence(from.version)
  for (;;) {
    const askedAt = clock.now()
    const look = { ...(await askBothEnds(link, signal)), askedAt, heardAt: clock.now() }
    const alarm = failures?.look(look)
    const deaf = change.isHeardEverywhere ? look.receivers.filter(isAbsent) : []
    silence.look(look)
    if (alarm !== undefined || deaf.length > 0) silence.restart(look.heardAt)
    const late = look.senders.filter((answer) => !sends(answer, to))
    const silentMs = silence.silentMs(look)
    const isSilent = silentMs >= silenceMs || hasExpired(from, askedAt)
    if (alarm === undefined && late.length === 0 && isSilent) return
    const silent = `${fromName} silent for ${silentMs} of ${silenceMs} ms`
    const why = describeWait({ alarm, late, deaf, users: silence.describeUsers(look, silenceMs) })
    // An alarm is heard to its end.
    const overtimeMs = alarm === undefined ? 0 : (failures?.graceMs ?? 0)
    if (askedAt >= deadline + overtimeMs) {
      const message = `${link.secret}: ${silent}: ${why}: see to it, and run again`
      throw new SecretError('unreachable', message)
    }
    context.waiting(why === '' ? silent : `${silent}: ${why}`)
    await clock.sleep(link.pollMs, signal, { keepAlive: true })
  }
}

/** Whether a version has ended by itself, so that nobody can miss it. */
export function hasExpired({ expiresAt }: { expiresAt?: Date }, now: number): boolean {
  return expiresAt !== undefined && expiresAt.getTime() <= now
}

/** What keeps a switch from being over. */
interface SwitchWait {
  readonly alarm: string | undefined
  readonly late: readonly Answer[]
  readonly deaf: readonly Answer[]
  readonly users: string
}

function describeWait({ alarm, late, deaf, users }: SwitchWait): string {
  const parts = [
    alarm !== undefined && `paused, because ${alarm}`,
    late.length > 0 && `not yet so that it sends the current key: ${late.map(nameOf).join(', ')}`,
    deaf.length > 0 && `no answer: ${deaf.map(nameOf).join(', ')}`,
    users !== '' && `used by ${users}`,
  ]
  return parts.filter((part) => part !== false).join('; ')
}

function isAbsent({ said }: Answer): boolean {
  return said === undefined
}

function sends({ said }: Answer, { version }: SecretVersion): boolean {
  return said !== undefined && versionIn(said, 'current')?.version === version
}
