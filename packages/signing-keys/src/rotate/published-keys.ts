import {
  jsonIn,
  limitedText,
  parseSecureUrl,
  type SecretVersion,
  SecretError,
  within,
} from '@rekey/secret'
import { Moment } from '@rekey/secret/internal'
import type { StepContext } from '@rekey/secret/kind'
import { certificateRefusal } from '@rekey/secret/trust'
import { kidOf } from '../spec/signing-key.ts'
import { waitOrPostpone } from './wait-or-postpone.ts'

/** The journal's record of the wait for those who keep a published set, so that the next run resumes it. */
interface Record {
  readonly version: string
  /** By the wall clock of the rotator. */
  readonly since: number
}

/** A set of keys that others read. */
export interface PublishedKeys {
  /** Where it is published. Absent: nothing is asked there. */
  readonly url?: URL
  /** How long a reader may go on with the set that it has. */
  readonly cacheMs: number
  readonly pollMs: number
  readonly deadlineMs: number
  readonly fetch?: typeof globalThis.fetch | undefined
}

const TIMEOUT_MS = 10_000

/**
 * Waits until the set names a key, and then for as long as a reader may keep an older one. A key that leaked is waited for by none of them.
 *
 * @throws {SecretError} `unreachable` if the set does not name it before the deadline, or does not answer
 */
export async function waitUntilKnown(
  { version, value }: SecretVersion,
  options: PublishedKeys,
  context: StepContext,
): Promise<void> {
  const { url, cacheMs, pollMs, deadlineMs } = options
  const { clock } = context
  const kid = kidOf(value.expose())
  const deadline = clock.elapsed() + deadlineMs
  for (;;) {
    if (url === undefined || (await names(url, kid, options, context))) break
    const why = `${url.host} does not publish the new key: check where its set comes from`
    if (clock.elapsed() >= deadline) throw new SecretError('unreachable', why, { host: url.host })
    await waitOrPostpone({ leftMs: pollMs, pollMs, why }, context)
  }
  if (context.compromised) return
  const { published } = (context.progress ?? {}) as { published?: Record }
  const isKnown = published?.version === version
  const since = isKnown ? Moment.recorded(clock, published.since) : Moment.at(clock)
  if (!isKnown) await context.saveProgress({ published: { version, since: since.wallMs } })
  for (let leftMs = cacheMs - since.agoMs; leftMs > 0; leftMs = cacheMs - since.agoMs) {
    const why = 'readers of the published set may not have the new key yet'
    await waitOrPostpone({ leftMs, pollMs, why }, context)
  }
}

/** Whether a set of keys has one of that name. No answer is waited for as one without it. */
async function names(
  url: URL,
  kid: string,
  { fetch = globalThis.fetch }: PublishedKeys,
  { signal }: StepContext,
): Promise<boolean> {
  const limit = { what: `an answer of ${url.host}`, limitMs: TIMEOUT_MS, signal }
  const text = await within(limit, async (limited) => {
    const response = await fetch(url, { redirect: 'error', signal: limited })
    return limitedText(response)
  }).catch((error: unknown) => {
    signal.throwIfAborted()
    const option = 'trust of the set in the family'
    const refusal = certificateRefusal(error, { host: url.host, option })
    if (refusal !== undefined) throw refusal
    return ''
  })
  const { keys } = (jsonIn(text) ?? {}) as { keys?: unknown }
  return Array.isArray(keys) && keys.some((key: { kid?: unknown } | null) => key?.kid === kid)
}

/** Parses the address of a set. @throws {SecretError} for one that is read in clear text elsewhere than on loopback */
export function parseSetUrl(text: string): URL {
  return parseSecureUrl(text, 'the address of the published keys')
}
