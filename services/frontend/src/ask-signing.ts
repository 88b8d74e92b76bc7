import { setTimeout as delay } from 'node:timers/promises'
import { backoffMs, within } from '@rekey/secret'

/** The way to signing. */
export interface SigningPlace {
  readonly signingUrl: string
  readonly fetchWithKey: typeof fetch
}

/** An answer that came whole. */
export interface SigningAnswer {
  readonly status: number
  readonly text: string
}

/** Longer than all tries of signing to have a certificate recorded, and than a restart of it. */
const SIGNING_LIMIT_MS = 45_000
const BACKOFF = { firstMs: 100, longestMs: 2_000 }

/**
 * Posts to signing, and asks again while it cannot be reached or answers 503, as during its restart. Both of its orders may be repeated: the
 * same request is answered with the same certificate, and a second revocation changes nothing.
 *
 * @throws {SecretError} `unreachable` after 45 seconds
 */
export async function askSigning(
  path: string,
  body: object,
  { signingUrl, fetchWithKey }: SigningPlace,
): Promise<SigningAnswer> {
  const ask = async (signal: AbortSignal) => {
    const response = await fetchWithKey(new URL(path, signingUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    })
    return { status: response.status, text: await response.text() }
  }
  return untilAnswered(`an answer of signing to ${path}`, async (signal) => {
    const answer = await ask(signal).catch(ifUnreachable)
    return answer?.status === 503 ? undefined : answer
  })
}

/**
 * Asks again while there is no answer, as during a restart of signing.
 *
 * @param what is waited for, in the error
 * @param limitMs default 45,000
 * @throws {SecretError} `unreachable` after that time; errors of `ask`
 */
export function untilAnswered<T>(
  what: string,
  ask: (signal: AbortSignal) => Promise<T | undefined>,
  limitMs = SIGNING_LIMIT_MS,
): Promise<T> {
  return within({ what, limitMs }, async (signal) => {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await ask(signal)
      if (answer !== undefined) return answer
      await delay(backoffMs(BACKOFF, attempt), undefined, { signal })
    }
  })
}

/** fetch rejects with a `TypeError` when a connection cannot be made or is cut. */
function ifUnreachable(error: unknown): undefined {
  if (!(error instanceof TypeError)) throw error
}
