import { Moment } from '@rekey/secret/internal'
import { type Secret, SecretError } from '@rekey/secret'
import {
  type Answer,
  attemptsOf,
  callsSince,
  acknowledges,
  type LateUse,
  nameOf,
  type RevokedVersion,
  type VersionCalls,
} from '@rekey/secret/internal/kind'
import type { StepContext } from '@rekey/secret/kind'
import { parseApiKey } from '../spec/api-key.ts'
import { type ApiKeyLink, askBothEnds, askUntil, type Look } from './api-key-link.ts'

/** A version that the store has dropped, and its value while the rotator still has it. */
type DroppedVersion = RevokedVersion & { readonly value?: Secret }

/** Counts of one replica for a version before the store dropped it. */
interface ReplicaBaseline extends VersionCalls {
  /** Refused uses by source. */
  readonly sources: Readonly<Record<string, number>>
}

/** Counts of a version before it is dropped, for the run that waits for its end. */
interface DropBaseline {
  readonly keyId?: string
  /** When every receiver had dropped it, in milliseconds since the epoch; absent before. */
  readonly droppedAt?: number
  readonly replicas: Readonly<Record<string, ReplicaBaseline>>
}

/** Looks what both ends have counted of a version, so that nothing of that counts as a use after its end. */
export async function takeBaseline(
  link: ApiKeyLink,
  { version, value }: DroppedVersion,
  look: Look,
): Promise<DropBaseline> {
  const { senders, receivers } = await askBothEnds(link, look)
  const replicas = [...senders, ...receivers].flatMap((answer) => {
    const calls = baselineOf(answer, version)
    return calls === undefined ? [] : [[nameOf(answer), calls] as const]
  })
  const id = keyIdIn(value)
  return { ...(id !== undefined && { keyId: id }), replicas: Object.fromEntries(replicas) }
}

/** How to watch. */
interface LateUseOptions {
  readonly revoked: DroppedVersion
  readonly lateUseWindowMs: number
}

/**
 * Waits until every receiver has dropped a version, and for `lateUseWindowMs` more for senders that have not switched. A use by
 * any other caller raises an alarm and changes nothing: a thief of the old key can cause it.
 *
 * @throws {SecretError} `refused` naming the senders that report that they still send it, while its value is still known;
 * `unreachable` when the deadline passes
 */
export async function watchLateUses(
  link: ApiKeyLink,
  { revoked, lateUseWindowMs }: LateUseOptions,
  context: StepContext,
): Promise<void> {
  const { clock, signal } = context
  const deadline = clock.elapsed() + lateUseWindowMs + link.deadlineMs
  const baseline = baselineIn(context.progress)
  const late = new LateUses(revoked, baseline)
  const alarm = new LateUseAlarm(context)
  let recordedAt = baseline?.droppedAt
  let dropped = recordedAt === undefined ? undefined : Moment.recorded(clock, recordedAt)
  for (;;) {
    const askedAt = clock.elapsed()
    const { senders, receivers } = await askUntil(link, deadline, context)
    const sending = senders.filter((answer) => late.usesAt(answer).length > 0)
    // Once the value is gone, the rotation cannot be rolled back, and a sender is a caller like any other.
    const others = revoked.value === undefined ? [...receivers, ...sending] : receivers
    await alarm.hear(others.flatMap((answer) => late.usesAt(answer)))
    if (sending.length > 0 && revoked.value !== undefined) {
      await alarm.end()
      throw stillSent(link, sending)
    }
    const behind = receivers.filter(({ ack }) => ack === undefined || acknowledges(ack, revoked))
    if (behind.length === 0) dropped ??= Moment.at(clock)
    if (dropped !== undefined && dropped.wallMs !== recordedAt) {
      recordedAt = dropped.wallMs
      await context.saveProgress({ dropped: { replicas: {}, ...baseline, droppedAt: recordedAt } })
    }
    const watchedMs = Math.max(0, Math.floor(askedAt - (dropped?.elapsedAt ?? askedAt)))
    if (behind.length === 0 && watchedMs >= lateUseWindowMs) break
    const what = `${behind.map(nameOf).join(', ')} still accepts the old key`
    if (askedAt >= deadline) throw new SecretError('unreachable', `${link.secret}: ${what}`)
    const watching = `no sender has sent the old key for ${watchedMs} of ${lateUseWindowMs} ms`
    context.waiting(behind.length === 0 ? watching : what)
    await clock.sleep(link.pollMs, signal, { keepAlive: true })
  }
  await alarm.end()
}

/** Finds the uses of a version since it was dropped. */
class LateUses {
  readonly #version: string
  readonly #id: string
  readonly #before: Map<string, ReplicaBaseline>

  constructor({ version, value }: DroppedVersion, baseline: DropBaseline | undefined) {
    this.#version = version
    this.#id = keyIdIn(value) ?? baseline?.keyId ?? version
    this.#before = new Map(Object.entries(baseline?.replicas ?? {}))
  }

  /** Uses that a sender reports as sent, and refusals that a receiver reports. A replica seen first counts from now on. */
  usesAt(answer: Answer): LateUse[] {
    const now = baselineOf(answer, this.#version)
    if (now === undefined) return []
    const name = nameOf(answer)
    const before = this.#before.get(name) ?? now
    this.#before.set(name, before)
    const { attempts, failures } = callsSince(before, now)
    const use = { type: 'stale-or-stolen', id: this.#id } as const
    if (answer.ack?.end === 'sender') {
      const { lastUsedAt } = useIn(answer, this.#version) ?? {}
      return attempts > 0 ? [{ ...use, source: name, count: attempts, ...at(lastUsedAt) }] : []
    }
    if (failures === 0) return []
    const { sources = [], lastFailedAt } = useIn(answer, this.#version) ?? {}
    const isSame = before.since === now.since
    const named = sources.flatMap(({ source, failures: all, lastSeenAt }) => {
      const count = all - (isSame ? (before.sources[source] ?? 0) : 0)
      const where = `${source}, seen by ${name}`
      return count > 0 ? [{ ...use, source: where, count, ...at(lastSeenAt) }] : []
    })
    const nameless = {
      ...use,
      source: `an unknown address, seen by ${name}`,
      count: failures,
      ...at(lastFailedAt),
    }
    return named.length > 0 ? named : [nameless]
  }
}

function baselineOf(answer: Answer, version: string): ReplicaBaseline | undefined {
  if (answer.ack === undefined) return undefined
  const sources = useIn(answer, version)?.sources ?? []
  const failures = sources.map((each) => [each.source, each.failures] as const)
  return { ...attemptsOf(answer.ack, version), sources: Object.fromEntries(failures) }
}

function useIn({ ack }: Answer, version: string) {
  return ack?.usage.versions.find((each) => each.version === version)
}

function at(lastAt: number | undefined): { lastAt?: number } {
  return lastAt === undefined ? {} : { lastAt }
}

/** The public id of a key. */
export function keyIdIn(value: Secret | undefined): string | undefined {
  try {
    return value?.map(parseApiKey).expose().keyId
  } catch (error) {
    if (error instanceof SecretError) return undefined
    throw error
  }
}

function baselineIn(progress: unknown): DropBaseline | undefined {
  return ((progress ?? {}) as { dropped?: DropBaseline }).dropped
}

function stillSent({ secret }: ApiKeyLink, sending: readonly Answer[]): SecretError {
  const who = sending.map(nameOf).join(', ')
  const message = `${secret}: ${who} reported that it still sends the old key: check that it reads its secrets, then rotate again`
  return new SecretError('refused', message, { who })
}

/** Raises the alarm of each source at its first use and whenever its uses have doubled, so that a thief cannot flood the audit log. */
class LateUseAlarm {
  readonly #context: Pick<StepContext, 'alarm'>
  readonly #latest = new Map<string, LateUse>()
  readonly #raised = new Map<string, number>()

  constructor(context: Pick<StepContext, 'alarm'>) {
    this.#context = context
  }

  /** Takes the uses so far. */
  async hear(uses: readonly LateUse[]): Promise<void> {
    for (const use of uses) {
      this.#latest.set(use.source, use)
      if (use.count >= 2 * (this.#raised.get(use.source) ?? 0)) await this.#raise(use)
    }
  }

  /** Raises the alarm of what has grown since. */
  async end(): Promise<void> {
    for (const use of this.#latest.values()) {
      if (use.count > (this.#raised.get(use.source) ?? 0)) await this.#raise(use)
    }
  }

  async #raise(use: LateUse): Promise<void> {
    this.#raised.set(use.source, use.count)
    await this.#context.alarm(use)
  }
}
