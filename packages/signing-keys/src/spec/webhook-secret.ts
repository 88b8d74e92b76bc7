import { randomBytes } from 'node:crypto'
import { NON_PRODUCTION_PREFIX, SecretError, type SecretSpec, storeName } from '@rekey/secret'

const PREFIX = 'whsec_'
const FEWEST_BYTES = 24
/** Of base64 that has so many bytes. */
const MIN_LENGTH = 32
const MOST_BYTES = 64
const BYTES = 32
const RULE = `${PREFIX} and ${FEWEST_BYTES} to ${MOST_BYTES} bytes in base64`

/** Returns the name in the store: `WEBHOOK_SECRET_SHOP_ORDERS`. */
export function webhookSecretName(service: string, name: string): string {
  return storeName('webhook-secret', [service, name])
}

/**
 * Declares a secret by which one service signs webhooks, or verifies them, as Standard Webhooks writes it: `whsec_…`. Receivers take the
 * same text.
 *
 * @param name its use: `orders`
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @example
 * ```ts
 * const secrets = { orders: webhookSecret('orders') }
 * ```
 */
export function webhookSecret(name: string): SecretSpec<string> {
  return {
    kind: 'webhook-secret',
    rule: RULE,
    access: { end: 'owner' },
    minLength: MIN_LENGTH,
    nameFor: (service) => webhookSecretName(service, name),
    parse(text) {
      const nonProduction = webhookKey(text).toString('latin1').startsWith(NON_PRODUCTION_PREFIX)
      return { value: text, sensitive: [text, text.slice(PREFIX.length)], nonProduction }
    },
  }
}

/** Makes a secret. One for development begins with the mark of that inside the base64, so that every library takes it. */
export function makeWebhookSecret({ nonProduction }: { readonly nonProduction: boolean }): string {
  const mark = Buffer.from(nonProduction ? NON_PRODUCTION_PREFIX : '')
  return PREFIX + Buffer.concat([mark, randomBytes(BYTES)]).toString('base64')
}

/** Returns the key of HMAC. @throws {SecretError} `malformed` */
export function webhookKey(text: string): Buffer {
  const encoded = text.slice(PREFIX.length)
  const key = Buffer.from(encoded, 'base64')
  const isWhole = text.startsWith(PREFIX) && key.toString('base64') === encoded
  if (isWhole && key.length >= FEWEST_BYTES && key.length <= MOST_BYTES) return key
  const remedy = 'issue a new one with rekey issue webhook-secret'
  throw new SecretError('malformed', `it is not ${RULE}: ${remedy}`)
}
