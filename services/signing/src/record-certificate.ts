import { setTimeout as delay } from 'node:timers/promises'
import { within } from '@rekey/secret'

/** Waits before the second, third and fourth try, in milliseconds. */
const RETRY_AFTER_MS = [50, 200, 800]
const TRY_LIMIT_MS = 8_000

/**
 * Puts a certificate on record before it is handed out. Recording is idempotent, so a lost answer is asked for again.
 *
 * @throws {Error} if it cannot be recorded; then the certificate must not be handed out
 */
export async function recordCertificate(
  url: string,
  certificate: string,
  fetchWithKey: typeof fetch,
): Promise<void> {
  const body = JSON.stringify({ certificate })
  const headers = { 'content-type': 'application/json' }
  for (const waitMs of [...RETRY_AFTER_MS, undefined]) {
    const status = await post(new URL('/entries', url), { body, headers }, fetchWithKey)
    if (status === 201) return
    if (waitMs === undefined || !isWorthRetrying(status)) break
    await delay(waitMs)
  }
  throw new Error('certtransparency did not record the certificate')
}

function isWorthRetrying(status: number | undefined): boolean {
  return status === undefined || status >= 500
}

/** The status, or nothing if there was no answer. */
async function post(
  url: URL,
  init: { body: string; headers: Record<string, string> },
  fetchWithKey: typeof fetch,
): Promise<number | undefined> {
  try {
    const limit = { what: 'the record of a certificate', limitMs: TRY_LIMIT_MS }
    return await within(limit, async (signal) => {
      const response = await fetchWithKey(url, { method: 'POST', ...init, signal })
      await response.arrayBuffer()
      return response.status
    })
  } catch {
    // Refused, cut or timed out: for a retry they are the same, and the last one is reported by the caller.
    return undefined
  }
}
