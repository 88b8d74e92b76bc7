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
 * Posts to signing, and asks again while it cannot be reached or answers 503, as during its restart. Both of its orders may be repeated: a
 * certificate whose answer was lost is one that no person has, and a second revocation changes nothing.
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
  const limit = { what: `an answer of signing to ${path}`, limitMs: SIGNING_LIMIT_MS }
  return within(limit, async (signal) => {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await ask(signal).catch(ifUnreachable)
      if (answer !== undefined && answer.status !== 503) return answer
      await delay(backoffMs(BACKOFF, attempt), undefined, { signal })
    }
  })
}

/** fetch rejects with a `TypeError` when a connection cannot be made or is cut. */
function ifUnreachable(error: unknown): undefined {
  if (!(error instanceof TypeError)) throw error
}
