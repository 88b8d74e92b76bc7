import { type Secret, SecretError } from '@rekey/secret'
import { acknowledgements, type Answer } from '../fleet.ts'
import type { RevokedVersion, StepContext } from '../rotation-kind.ts'
import { type ApiKeyLink, knows, nameOf } from './api-key-link.ts'
import { callsOf, callsSince, type KeyCalls } from './key-calls.ts'
import { describeUser } from './key-users.ts'

/** A version that the store has dropped, and its value while the rotator still has it. */
export type DroppedVersion = RevokedVersion & { readonly value?: Secret }

/**
 * Waits until every receiver has dropped a version, and for `settleMs` more whether anybody misses it. A version whose value is
 * known was revoked in this run, so that every refusal of it came since; else only what is added counts.
 *
 * @throws {SecretError} `refused` naming who was refused with it, `unreachable` when the deadline passes
 */
export async function watchLateUses(
  link: ApiKeyLink,
  { revoked, settleMs }: { revoked: DroppedVersion; settleMs: number },
  context: StepContext,
): Promise<void> {
  const { clock, signal } = context
  const deadline = clock.now() + settleMs + link.deadlineMs
  const late = new LateUses(revoked)
  let droppedAt: number | undefined
  for (;;) {
    const askedAt = clock.now()
    const answers = await acknowledgements({ ...link, service: link.receiver }, signal)
    const missed = answers.filter((answer) => late.hasNew(answer))
    if (missed.length > 0) throw refused(link, revoked, missed)
    const behind = answers.filter(({ said }) => said === undefined || knows(said, revoked))
    if (behind.length === 0) droppedAt ??= clock.now()
    const watchedMs = droppedAt === undefined ? 0 : Math.max(0, askedAt - droppedAt)
    if (behind.length === 0 && watchedMs >= settleMs) return
    const what = `not yet so that it refuses the old key: ${behind.map(nameOf).join(', ')}`
    if (askedAt >= deadline) throw new SecretError('unreachable', `${link.secret}: ${what}`)
    const watching = `nobody was refused with the old key for ${watchedMs} of ${settleMs} ms`
    context.waiting(behind.length === 0 ? watching : what)
    await clock.sleep(link.pollMs, signal, { keepAlive: true })
  }
}

/** Tells at which receivers a version was refused since the watch began. */
class LateUses {
  readonly #revoked: DroppedVersion
  readonly #before = new Map<string, KeyCalls>()

  constructor(revoked: DroppedVersion) {
    this.#revoked = revoked
  }

  hasNew({ replica, said }: Answer): boolean {
    if (said === undefined) return false
    const calls = callsOf(said, this.#revoked.version)
    const isFresh = this.#revoked.value !== undefined
    const first = isFresh ? { since: calls.since, attempts: 0, failures: 0 } : calls
    const before = this.#before.get(replica.healthUrl) ?? first
    this.#before.set(replica.healthUrl, before)
    return callsSince(before, calls).failures > 0
  }
}

function refused(
  { secret }: ApiKeyLink,
  { version, value }: DroppedVersion,
  missed: readonly Answer[],
): SecretError {
  const who = missed.map((answer) => describeCallers(answer, version)).join('; ')
  const remedy =
    value === undefined
      ? 'it cannot be brought back, because its value is gone: give them the current key'
      : 'give them the current key before the next rotation'
  return new SecretError('refused', `${secret}: the old key was refused to ${who}: ${remedy}`, {
    who,
  })
}

function describeCallers(answer: Answer, version: string): string {
  const use = answer.said?.usage.versions.find((each) => each.version === version)
  const { sources = [], failures = 0, lastFailedAt } = use ?? {}
  const named = sources.filter((source) => source.failures > 0)
  const nameless = [{ source: 'somebody', failures, lastSeenAt: lastFailedAt }]
  return (named.length > 0 ? named : nameless)
    .map((each) => ({
      who: `${each.source}, seen by ${nameOf(answer)}`,
      uses: each.failures,
      lastAt: each.lastSeenAt,
    }))
    .map(describeUser)
    .join('; ')
}
