import { isUnreachable, lookUntil, nameOf, type Patience, timedOut, versionIn } from './fleet.ts'
import type { Acknowledgement, Answer } from './replicas.ts'
import type { StepContext } from './rotation-kind.ts'
import type { SecretVersion } from '../secret-version.ts'
import type { VersionUse } from '../secret-usage.ts'
import { Moment } from '../time/moment.ts'

/** A user, and when by the rotator's clock their uses were last found to have grown. */
interface Heard extends VersionUser {
  readonly grewAt: number
}

/** The journal's record of a silence, so that the next run resumes it. */
interface SilenceRecord {
  /** Of which version. */
  readonly version: string
  /** By the wall clock of the rotator, the only one that two runs have in common. */
  readonly silentSince: number
  /** The counts of each replica when it was last seen. */
  readonly counts: Readonly<Record<string, string>>
}

/** A change is written down no more often than this. */
const SAVE_EVERY_MS = 5_000

/**
 * Observes for how long a version has not been used, over as many runs as it takes. Counts are compared rather than times, so that
 * clocks need not agree. What cannot be compared is no silence: a replica that was restarted, or is seen for the first time. One that
 * comes with another version as its current one, and has not used this version, has nothing to compare and breaks none: otherwise
 * there would be no end to it where replicas come more often than it lasts.
 */
export class VersionSilence {
  readonly #version: string
  readonly #context: StepContext
  readonly #earlier: SilenceRecord | undefined
  readonly #counts: Map<string, string>
  readonly #heard = new Map<string, Heard>()
  #silentSince: Moment | undefined
  #saved = ''
  #savedAt = -Infinity

  constructor(version: string, context: StepContext) {
    this.#version = version
    this.#context = context
    this.#earlier = recordIn(context.progress, version)
    this.#counts = new Map(Object.entries(this.#earlier?.counts ?? {}))
  }

  /** Takes another look. */
  look(look: FleetLook): void {
    const { senders, receivers, heardAt } = look
    const isFirst = this.#silentSince === undefined
    if (isFirst && this.#earlier === undefined) this.restart(heardAt)
    else if (isFirst && this.#earlier !== undefined) {
      this.#silentSince = Moment.recorded(this.#context.clock, this.#earlier.silentSince)
    }
    const changed = [...senders, ...receivers].filter((answer) => this.#hasChanged(answer))
    if (changed.length > 0) this.restart(heardAt)
    for (const user of usersOf(look, this.#version)) {
      const before = this.#heard.get(user.who)
      const isSame = before?.since === user.since && before.uses === user.uses
      const grewAt = isSame ? before.grewAt : isFirst ? -Infinity : heardAt
      this.#heard.set(user.who, { ...user, grewAt })
    }
  }

  /** Silence begins no sooner than now. */
  restart(heardAt: number): void {
    this.#silentSince = Moment.at(this.#context.clock, heardAt)
  }

  /** Writes down what was observed, if it has changed. */
  async save(): Promise<void> {
    const { clock } = this.#context
    const counts = Object.fromEntries(this.#counts)
    const silentSince = this.#silentSince?.wallMs ?? 0
    const silence = { version: this.#version, silentSince, counts }
    const text = JSON.stringify(silence)
    if (text === this.#saved || clock.elapsed() - this.#savedAt < SAVE_EVERY_MS) return
    this.#savedAt = clock.elapsed()
    try {
      await this.#context.saveProgress({ silence, ending: endingIn(this.#context.progress) })
      this.#saved = text
    } catch (error) {
      // A journal that does not answer for a moment gets it later; the claim is lost by its lease alone.
      if (!isUnreachable(error)) throw error
    }
  }

  /** For how long it had been silent at the time at which the last look began. */
  silentMs({ askedAt }: FleetLook): number {
    return Math.max(0, Math.floor(askedAt - (this.#silentSince?.elapsedAt ?? askedAt)))
  }

  /** Who broke the silence in the last `withinMs`. */
  users({ askedAt }: FleetLook, withinMs: number): readonly VersionUser[] {
    return [...this.#heard.values()].filter(({ grewAt }) => askedAt - grewAt < withinMs)
  }

  #hasChanged(answer: Answer): boolean {
    const { ack } = answer
    if (ack === undefined) return false
    const { since, attempts, failures } = attemptsOf(ack, this.#version)
    const counts = `${since} ${attempts - failures}`
    const name = nameOf(answer)
    const before = this.#counts.get(name)
    this.#counts.set(name, counts)
    const isFreeOfIt = attempts === failures && versionIn(ack, 'current')?.version !== this.#version
    return before === undefined ? !isFreeOfIt : before !== counts
  }
}

/** The version that a far side was asked to end, by the journal; none by that of an older release. */
export function endingIn(progress: unknown): string | undefined {
  return (progress as { readonly ending?: string } | undefined)?.ending
}

function recordIn(progress: unknown, version: string): SilenceRecord | undefined {
  const { silence } = (progress ?? {}) as { silence?: SilenceRecord }
  return silence?.version === version ? silence : undefined
}

/** How silence is observed. */
export interface SilenceOptions extends Patience {
  /** The service whose replicas report its use. */
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
    const look = () => options.fleet.acknowledgements(options, signal)
    const senders = await lookUntil(look, { deadline, pollMs }, context)
    const seen = { senders, receivers: [], askedAt, heardAt: clock.elapsed() }
    silence.look(seen)
    const deaf = senders.filter(({ ack }) => ack === undefined)
    if (deaf.length > 0) silence.restart(seen.heardAt)
    await silence.save()
    const silentMs = silence.silentMs(seen)
    if (silentMs >= validationMs) return
    if (askedAt >= deadline) {
      const unheard = deaf.map(({ replica }) => `no answer from ${replica.healthUrl}`)
      const users = silence.users(seen, validationMs).map(describeUser)
      const why = [...users, ...unheard].join('; ')
      throw timedOut(`${options.secret}: the old key is still in use: ${why}`, deaf)
    }
    context.waiting(`old key silent for ${silentMs} of ${validationMs} ms`)
    await clock.sleep(pollMs, signal, { keepAlive: true })
  }
}

/** The answers of one look at both ends of a secret; a secret with one end has no receivers. */
export interface FleetLook {
  readonly senders: readonly Answer[]
  readonly receivers: readonly Answer[]
  /** By the rotator's monotonic clock, in milliseconds: nothing in it is older than `askedAt`, or newer than `heardAt`. */
  readonly askedAt: number
  readonly heardAt: number
}

/** A user of a version, as one replica counts it. */
export interface VersionUser {
  readonly who: string
  /** Marks a restart of the replica that counts. */
  readonly since: number
  readonly uses: number
  /** By the clock of the replica that counts; absent if never. */
  readonly lastAt: number | undefined
}

/** All users of `version`: the senders by their own reports, others by the receivers' reports. */
function usersOf(look: Pick<FleetLook, 'senders' | 'receivers'>, version: string): VersionUser[] {
  const senders = look.senders.flatMap((answer) =>
    sighted(answer, version, ({ uses, lastUsedAt }) => [
      { who: nameOf(answer), uses, lastAt: lastUsedAt },
    ]),
  )
  return [...senders, ...look.receivers.flatMap((answer) => callersAt(answer, version))]
}

/** "10.0.0.7, seen by signing at http://… (3 times, last at 2026-…)". */
export function describeUser({ who, uses, lastAt }: Omit<VersionUser, 'since'>): string {
  const last = lastAt === undefined ? '' : `, last at ${new Date(lastAt).toISOString()}`
  return `${who} (${uses} times${last})`
}

function callersAt(answer: Answer, version: string): VersionUser[] {
  return sighted(answer, version, ({ uses, lastUsedAt, sources = [] }) => {
    const nameless = { source: 'an unknown caller', uses, lastSeenAt: lastUsedAt }
    const seen = sources.length === 0 ? [nameless] : sources
    return seen.map((each) => ({
      who: `${each.source}, seen by ${nameOf(answer)}`,
      uses: each.uses,
      lastAt: each.lastSeenAt,
    }))
  })
}

function sighted(
  { ack }: Answer,
  version: string,
  describe: (use: VersionUse) => Omit<VersionUser, 'since'>[],
): VersionUser[] {
  const use = ack?.usage.versions.find((each) => each.version === version)
  if (ack === undefined || use === undefined) return []
  return describe(use).map((user) => ({ ...user, since: ack.usage.since }))
}

/** The use of one version by one process since it was started. */
export interface VersionCalls {
  /** Marks a restart, after which everything is counted from zero. */
  readonly since: number
  readonly attempts: number
  /** How many of the attempts were refused although the key was the right one. */
  readonly failures: number
}

/** How many attempts there were of a version, and how many failed. Forged keys are no attempts: any caller can cause them. */
export function attemptsOf({ usage, end }: Acknowledgement, version: string): VersionCalls {
  const use = usage.versions.find((each) => each.version === version)
  const { uses = 0, failures = 0 } = use ?? {}
  // A sender counts what it sent, a receiver what it accepted.
  return { since: usage.since, attempts: end === 'sender' ? uses : uses + failures, failures }
}

/** The calls added since `before`; of a process that was restarted since, all of them. */
export function callsSince(before: VersionCalls, calls: VersionCalls): VersionCalls {
  if (before.since !== calls.since) return calls
  return {
    since: calls.since,
    attempts: calls.attempts - before.attempts,
    failures: calls.failures - before.failures,
  }
}
