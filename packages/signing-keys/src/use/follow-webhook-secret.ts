import { createHmac, timingSafeEqual } from 'node:crypto'
import { type LiveSecret, SecretError, systemClock } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import { webhookKey } from '../spec/webhook-secret.ts'
import { reportHeld } from './report-held.ts'

/** A message before it is signed. */
type Message = Readonly<{
  /** The same over all attempts, by which a receiver knows a repetition. Without a dot. */
  id: string
  /** As it is sent, to the byte. */
  body: string
}>

/** The live versions of a secret of webhooks. */
type Webhooks = Readonly<{
  /** Returns `webhook-id`, `webhook-timestamp` and `webhook-signature` for one attempt to send a message: all live versions sign it. */
  headers(message: Message): Record<string, string>
  /**
   * Verifies a message that was received, by any live version, and returns its id. Whether that id was received before is for the
   * application to know: keep ids for ten minutes.
   *
   * @throws {SecretError} `rejected` for a time that is more than 300 s away, and for a signature that is absent or of another secret
   */
  verify(
    headers: Readonly<Record<string, string | readonly string[] | undefined>>,
    body: string,
  ): string
  /** Follows no longer. */
  close: () => void
}>

/** As the libraries of Standard Webhooks have it. */
const TOLERANCE_S = 300

/**
 * Follows a secret of webhooks through its rotations. While two versions live, each message has a signature by each, and a receiver may have
 * either. The first one is by the version that new receivers are to be given: `secret.current`.
 *
 * @example
 * ```ts
 * const webhooks = followWebhookSecret(service.secrets.orders)
 * await fetch(url, { method: 'POST', headers: webhooks.headers({ id, body }), body })
 * ```
 */
export function followWebhookSecret(secret: LiveSecret): Webhooks {
  const { close } = reportHeld(secret)
  const sign = (id: string, time: string, body: string) =>
    liveVersions(secret.snapshot).map(({ value }) =>
      createHmac('sha256', webhookKey(value.expose())).update(`${id}.${time}.${body}`).digest(),
    )
  return {
    headers({ id, body }) {
      if (!/^[\x21-\x2d\x2f-\x7e]+$/.test(id)) {
        throw new SecretError('malformed', 'the id of a message has visible characters and no dot')
      }
      const time = String(seconds())
      const signatures = sign(id, time, body).map((mac) => `v1,${mac.toString('base64')}`)
      secret.usage.record(secret.current.version)
      return {
        'webhook-id': id,
        'webhook-timestamp': time,
        'webhook-signature': signatures.join(' '),
      }
    },
    verify(headers, body) {
      const [id, time, signatures] = ['id', 'timestamp', 'signature'].map((name) =>
        String(headers[`webhook-${name}`] ?? ''),
      ) as [string, string, string]
      const isNow = /^\d{1,12}$/.test(time) && Math.abs(seconds() - Number(time)) <= TOLERANCE_S
      if (!isNow)
        throw new SecretError('rejected', `the message is more than ${TOLERANCE_S} s away`)
      const shown = signatures.split(' ').filter((each) => each.startsWith('v1,'))
      const macs = sign(id, time, body)
      const isSigned = shown
        .map((each) => Buffer.from(each.slice('v1,'.length), 'base64'))
        .some((mac) => macs.some((own) => own.length === mac.length && timingSafeEqual(own, mac)))
      if (id !== '' && isSigned) return id
      throw new SecretError('rejected', 'no live secret has signed the message')
    },
    close,
  }
}

function seconds(): number {
  return Math.floor(systemClock.now() / 1_000)
}
