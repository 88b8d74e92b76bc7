import { SecretError } from '@rekey/secret'
import {
  type Acknowledgement,
  type Answer,
  attemptsOf,
  callsSince,
  type FleetLook,
  nameOf,
  requireNoRejection,
  type VersionCalls,
} from '@rekey/secret/internal/kind'

/** Options of the watch. */
interface FailureWatchOptions {
  readonly secret: string
  /** The version whose failures count. */
  readonly watched: string
  /** The version whose failures up to the first look are the measure. */
  readonly measure: string
  /** How long an alarm may last, and how long calls must go well to end it. */
  readonly graceMs: number
}

/** One process, since the watch began or it was restarted. */
interface Watched {
  readonly start: VersionCalls
  readonly baseline: VersionCalls
  readonly alarm?: Alarm | undefined
}

interface Alarm {
  readonly since: number
  /** When calls were last found to fail, and all calls up to then. */
  readonly failedAt: number
  readonly upTo: VersionCalls
}

/**
 * Compares at each replica how many calls fail with the new key and how many failed with the old one. Everything it needs is in
 * the replicas' reports, so that a rotation that is resumed has lost nothing; a replica that was restarted begins anew.
 */
export class FailureWatch {
  readonly #options: FailureWatchOptions
  readonly #watched = new Map<string, Watched>()

  constructor(options: FailureWatchOptions) {
    this.#options = options
  }

  get graceMs(): number {
    return this.#options.graceMs
  }

  /**
   * Takes another look. Gives where too many calls fail and how many, or nothing.
   *
   * @throws {SecretError} `rejected` if calls still fail after the grace, or if a replica rejects the new version
   */
  look({ senders, receivers, heardAt }: FleetLook): string | undefined {
    const answers = [...senders, ...receivers]
    requireNoRejection(answers, { version: this.#options.watched })
    const alarms = answers.map((answer) => this.#judge(answer, heardAt))
    const messages = alarms.filter((alarm) => alarm !== undefined).join('; ')
    return messages === '' ? undefined : messages
  }

  #judge(answer: Answer, now: number): string | undefined {
    const { ack, replica } = answer
    if (ack === undefined) return undefined
    const calls = attemptsOf(ack, this.#options.watched)
    const watched = this.#recall(replica.healthUrl, ack, calls)
    const alarm = this.#nextAlarm(watched, calls, now)
    // After an alarm that has ended, only what follows counts.
    const start = watched.alarm !== undefined && alarm === undefined ? calls : watched.start
    this.#watched.set(replica.healthUrl, { ...watched, start, alarm })
    if (alarm === undefined) return undefined
    const { failures, attempts } = callsSince(watched.start, calls)
    const what = `${failures} of ${attempts} calls with the new key were refused (${nameOf(answer)})`
    const lastedMs = alarm.failedAt - alarm.since
    if (lastedMs > 0 && lastedMs >= this.graceMs) throw this.#rejected(what)
    return what
  }

  /** The last counts of a process; of one that was restarted, all its calls belong to the watch. */
  #recall(key: string, ack: Acknowledgement, calls: VersionCalls): Watched {
    const known = this.#watched.get(key)
    if (known?.start.since === calls.since) return known
    const start = known === undefined ? calls : { since: calls.since, attempts: 0, failures: 0 }
    return { start, baseline: attemptsOf(ack, this.#options.measure) }
  }

  #nextAlarm(
    { start, baseline, alarm }: Watched,
    calls: VersionCalls,
    now: number,
  ): Alarm | undefined {
    const failing = { since: alarm?.since ?? now, failedAt: now, upTo: calls }
    if (alarm === undefined) {
      return isAlarming(callsSince(start, calls), baseline) ? failing : undefined
    }
    const recent = callsSince(alarm.upTo, calls)
    if (isWorse(recent, baseline)) return failing
    // Without calls nothing shows that calls go well.
    const isOver = recent.attempts > 0 && now - alarm.failedAt >= this.graceMs
    return isOver ? undefined : alarm
  }

  #rejected(what: string): SecretError {
    const message = `${this.#options.secret}: ${what}, more than with the old key: find out why there before the next rotation`
    return new SecretError('rejected', message, { where: what })
  }
}

type Counts = Pick<VersionCalls, 'attempts' | 'failures'>

/** A rate that is always borne: 1 %. */
const BORNE_RATE = 0.01
const FEWEST_FAILURES = 5

/** The share of refused calls above which something is wrong: twice what it was with the old key, and at least 1 %. */
export function borneRate(baseline: Counts): number {
  return Math.max(BORNE_RATE, 2 * rateOf(baseline))
}

/** Whether a larger share of calls fails with the new key than did with the old one. */
function isWorse(calls: Counts, baseline: Counts): boolean {
  return rateOf(calls) > borneRate(baseline)
}

/** The same, and so many of them that it is no accident. */
export function isAlarming(calls: Counts, baseline: Counts): boolean {
  return calls.failures >= FEWEST_FAILURES && isWorse(calls, baseline)
}

function rateOf({ attempts, failures }: Counts): number {
  return attempts === 0 ? 0 : failures / attempts
}
