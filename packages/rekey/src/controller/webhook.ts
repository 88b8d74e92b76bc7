import { createHmac } from 'node:crypto'
import { type Clock, parseSecureUrl, type Secret, SecretError, within } from '@rekey/secret'
import { DELIVERY_MS, type Receiver } from './receiver.ts'

/** Options of {@link createWebhook}. */
interface WebhookOptions {
  readonly url: string
  /** As Standard Webhooks writes them: `whsec_` and 24 to 64 bytes in base64. Each signs, so that a receiver may have any of them. */
  readonly keys: readonly Secret[]
  readonly clock: Clock
  readonly fetch?: typeof fetch
}

const PREFIX = 'whsec_'
const FEWEST_BYTES = 24
const MOST_BYTES = 64
const SETTING = '--webhook'

/**
 * Creates a sender of signed messages (Standard Webhooks 1.0: HMAC-SHA256 over id, time and body, in `webhook-signature`).
 *
 * @throws {SecretError} `malformed` or `refused` for the address, `malformed` for a key
 */
export function createWebhook({ url, keys, clock, fetch: ask = fetch }: WebhookOptions): Receiver {
  const address = parseSecureUrl(url, SETTING)
  for (const key of keys) bytesOf(key)
  return {
    name: 'webhook',
    async send({ id, change, problem: { problem, about, name, kind, next } }, signal) {
      const type = `${about}.${problem}.${change}`
      const data = { [about]: name, kind, next }
      const now = clock.now()
      const timestamp = String(Math.floor(now / 1_000))
      const body = JSON.stringify({ type, timestamp: new Date(now).toISOString(), data })
      const signatures = keys.map((key) => signatureOf(key, `${id}.${timestamp}.${body}`))
      const headers = {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signatures.join(' '),
      }
      const what = `an answer of ${address.host}`
      const request = { method: 'POST', headers, body, redirect: 'error' } as const
      const response = await within({ what, limitMs: DELIVERY_MS, signal, clock }, (ended) =>
        ask(address, { ...request, signal: ended }),
      ).catch((error: unknown) => {
        signal.throwIfAborted()
        if (error instanceof SecretError) throw error
        throw new SecretError('unreachable', `${address.host} gives no answer to a message`)
      })
      await response.body?.cancel().catch(() => undefined)
      if (response.ok) return
      const message = `${address.host} answers a message with ${response.status}`
      throw new SecretError('refused', message, { status: response.status })
    },
  }
}

function signatureOf(key: Secret, content: string): string {
  return `v1,${createHmac('sha256', bytesOf(key)).update(content).digest('base64')}`
}

function bytesOf(key: Secret): Buffer {
  const text = key.expose()
  const bytes = Buffer.from(text.slice(PREFIX.length), 'base64')
  const isWhole =
    bytes.toString('base64').replace(/=+$/, '') === text.slice(PREFIX.length).replace(/=+$/, '')
  if (
    text.startsWith(PREFIX) &&
    isWhole &&
    bytes.length >= FEWEST_BYTES &&
    bytes.length <= MOST_BYTES
  ) {
    return bytes
  }
  const message = `the key of ${SETTING} has another form: it is ${PREFIX} and ${FEWEST_BYTES} to ${MOST_BYTES} bytes in base64`
  throw new SecretError('malformed', message)
}
