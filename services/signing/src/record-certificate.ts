import { X509Certificate } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { jsonIn, limitedText, SecretError, within } from '@rekey/secret'
import {
  type CheckpointMemory,
  encodeCertificateEntry,
  type LogEvidence,
  verifyEvidence,
} from '@rekey/audit-log/transparency'

/** Waits before the second, third and fourth try, in milliseconds. */
const RETRY_AFTER_MS = [50, 200, 800]
const TRY_LIMIT_MS = 8_000

/** The parts of recording. */
export interface RecorderParts {
  /** Of certtransparency. */
  readonly url: string
  readonly fetchWithKey: typeof fetch
  readonly memory: CheckpointMemory
}

/**
 * Puts a certificate on record before it is handed out, and verifies the answer: the signature of the checkpoint, that the tree has the
 * certificate, and that the log only grew since the last checkpoint. Recording is idempotent, so a lost answer is asked for again.
 *
 * @throws {SecretError} `unreachable`, `refused` if the log does not take it; `malformed`, `rejected` or `conflict` for an answer that
 *   proves nothing. The certificate must not be handed out
 */
export async function recordCertificate(
  certificate: string,
  { url, fetchWithKey, memory }: RecorderParts,
): Promise<LogEvidence> {
  const order = { url: new URL('/entries', url), body: { certificate } }
  const tries = { fetchWithKey, retryAfterMs: RETRY_AFTER_MS, limitMs: TRY_LIMIT_MS }
  const answer = await postUntilAnswered(order, tries)
  const { entry } = encodeCertificateEntry(new X509Certificate(certificate))
  return verifyEvidence(entry, answer, memory)
}

/** An entry for the log. */
interface Order {
  readonly url: URL
  readonly body: object
}

/** How an entry is posted. */
interface Tries {
  readonly fetchWithKey: typeof fetch
  readonly retryAfterMs: readonly number[]
  /** For each. */
  readonly limitMs: number
}

/** Gives the parsed answer; undefined for what is no JSON. */
async function postUntilAnswered(order: Order, tries: Tries): Promise<unknown> {
  for (const waitMs of [...tries.retryAfterMs, undefined]) {
    const answer = await post(order, tries)
    if (answer?.status === 201) return jsonIn(answer.text)
    if (answer !== undefined && answer.status < 500) throw notTaken(answer.status)
    if (waitMs === undefined) break
    await delay(waitMs)
  }
  const message = 'certtransparency does not record the entry: check that it is up'
  throw new SecretError('unreachable', message)
}

/** The answer, or nothing if there was none. */
async function post(
  { url, body }: Order,
  { fetchWithKey, limitMs }: Tries,
): Promise<{ status: number; text: string } | undefined> {
  const init = {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  }
  try {
    return await within({ what: 'the record of an entry', limitMs }, async (signal) => {
      const response = await fetchWithKey(url, { ...init, signal })
      return { status: response.status, text: await limitedText(response) }
    })
  } catch {
    // Refused, cut or timed out: for a retry they are the same, and the last one is reported by the caller.
    return undefined
  }
}

function notTaken(status: number): SecretError {
  const message = `certtransparency answered ${status} to an entry: look in its log for the reason`
  return new SecretError('refused', message, { status })
}
