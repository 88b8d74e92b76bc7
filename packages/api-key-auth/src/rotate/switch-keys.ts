import type { SecretVersion } from '@rekey/secret'
import {
  type Answer,
  describeUser,
  type FleetLook,
  acknowledges,
  nameOf,
  timedOut,
  versionIn,
  VersionSilence,
  type VersionUser,
} from '@rekey/secret/internal/kind'
import type { StepContext } from '@rekey/secret/kind'
import { type ApiKeyLink, askUntil } from './api-key-link.ts'
import type { FailureWatch } from './failure-watch.ts'
import { keyIdIn } from './late-uses.ts'

/** The version to switch from, and the one to switch to. */
export interface KeySwitch {
  readonly to: SecretVersion
  readonly from: SecretVersion
  /** The name of `from` in messages. */
  readonly fromName: 'old key' | 'new key'
  /** How long `from` must have been unused. It need not be silent once it has expired. */
  readonly silenceMs: number
  /** Whether a receiver that does not answer may still see uses of `from`. */
  readonly isHeardEverywhere: boolean
  /** How long after `promote` the old key ends, also while it is used. Default: never. */
  readonly maxOverlapMs?: number
  /** Looks for refused calls. While there are too many, the silence does not begin. */
  readonly failures?: FailureWatch
}

/** A call that was sent before a switch may still be under way for so long. */
export const LONGEST_CALL_MS = 10_000

/**
 * Waits until every sender reports that it sends `to`, and `from` has been silent for long enough. Once the overlap has ended, uses
 * of `from` raise an alarm and are waited for no longer.
 *
 * @throws {SecretError} `unreachable` naming who is late when the deadline passes; `rejected` if too many calls fail
 */
export async function waitForSwitch(
  link: ApiKeyLink,
  change: KeySwitch,
  context: StepContext,
): Promise<void> {
  const { from, fromName, silenceMs, failures, maxOverlapMs } = change
  const { clock, signal } = context
  const deadline = clock.elapsed() + silenceMs + link.deadlineMs
  const silence = new VersionSilence(from.version, context)
  let switchedAt: number | undefined
  for (;;) {
    const askedAt = clock.elapsed()
    const look = { ...(await askUntil(link, deadline, context)), askedAt, heardAt: clock.elapsed() }
    const alarm = failures?.look(look)
    const wait = { alarm, ...absentees(look, change) }
    silence.look(look)
    if (alarm !== undefined || wait.silent.length > 0) silence.restart(look.heardAt)
    await silence.save()
    const hasSwitched = alarm === undefined && wait.late.length + wait.behind.length === 0
    switchedAt = hasSwitched ? (switchedAt ?? look.heardAt) : undefined
    const silentMs = silence.silentMs(look)
    if (hasSwitched && (silentMs >= silenceMs || hasExpired(from, clock.now()))) return
    const users = silence.users(look, silenceMs)
    // A call that was sent before the switch may still be under way.
    const sentMs = switchedAt === undefined ? -Infinity : askedAt - switchedAt
    if (sentMs >= Math.min(silenceMs, LONGEST_CALL_MS) && isOver(change, context)) {
      await raiseAlarms(users, from, context)
      return
    }
    const silent = `${fromName} silent for ${silentMs} of ${silenceMs} ms`
    const why = describeWait({ ...wait, users: users.map(describeUser).join('; ') })
    // An alarm is watched to its end, and uses alone are waited for until the overlap ends.
    const overtimeMs = alarm === undefined ? 0 : (failures?.graceMs ?? 0)
    const endsByItself = hasSwitched && wait.silent.length === 0 && maxOverlapMs !== undefined
    if (askedAt >= deadline + overtimeMs && !endsByItself) {
      const message = `${link.secret}: ${silent}: ${why}: see to it, and run again`
      throw timedOut(message, [...wait.late, ...wait.silent])
    }
    context.waiting(why === '' ? silent : `${silent}: ${why}`)
    await clock.sleep(link.pollMs, signal, { keepAlive: true })
  }
}

/** Who has not switched, and who does not answer though it may have seen uses of the old key. */
function absentees({ senders, receivers }: FleetLook, { to, isHeardEverywhere }: KeySwitch) {
  const counted = isHeardEverywhere ? receivers : []
  return {
    late: senders.filter((answer) => !sends(answer, to)),
    behind: counted.filter(({ ack }) => ack !== undefined && !acknowledges(ack, to)),
    silent: counted.filter(({ ack }) => ack === undefined),
  }
}

function isOver({ maxOverlapMs = Infinity }: KeySwitch, { sincePromoteMs }: StepContext): boolean {
  return (sincePromoteMs?.() ?? 0) >= maxOverlapMs
}

async function raiseAlarms(
  users: readonly VersionUser[],
  from: SecretVersion,
  context: StepContext,
): Promise<void> {
  const id = keyIdIn(from.value) ?? from.version
  for (const { who, uses, lastAt } of users) {
    const last = lastAt === undefined ? {} : { lastAt }
    await context.alarm({ type: 'stale-or-stolen', id, source: who, count: uses, ...last })
  }
}

/** Whether a version has ended by itself, so that no caller can miss it. */
export function hasExpired({ expiresAt }: { expiresAt?: Date }, now: number): boolean {
  return expiresAt !== undefined && expiresAt.getTime() <= now
}

/** The reason why a switch is not over. */
interface SwitchWait {
  readonly alarm: string | undefined
  readonly late: readonly Answer[]
  readonly behind: readonly Answer[]
  readonly silent: readonly Answer[]
  readonly users: string
}

function describeWait({ alarm, late, behind, silent, users }: SwitchWait): string {
  const parts = [
    alarm !== undefined && `paused, because ${alarm}`,
    late.length > 0 && `${late.map(nameOf).join(', ')} does not send the current key yet`,
    behind.length > 0 && `${behind.map(nameOf).join(', ')} does not accept the current key yet`,
    silent.length > 0 && `${silent.map(nameOf).join(', ')} does not answer`,
    users !== '' && `used by ${users}`,
  ]
  return parts.filter((part) => part !== false).join('; ')
}

function sends({ ack }: Answer, { version }: SecretVersion): boolean {
  return ack !== undefined && versionIn(ack, 'current')?.version === version
}
