import { NON_PRODUCTION_PREFIX, SecretError, type SecretSpec, storeName } from '@rekey/secret'

const MIN_LENGTH = 32

/** One that was made here begins with its number. */
const NUMBERED = /^(?:dev-)?([1-9]\d{0,8})\./

/** Returns the name in the store: `SIGNING_SECRET_SHOP_SESSION`. */
export function signingSecretName(service: string, name: string): string {
  return storeName('signing-secret', [service, name])
}

/** The number of a secret, which grows with each rotation: 1 for one that was not made here. */
export function numberOf(text: string): number {
  return Number(NUMBERED.exec(text)?.[1] ?? 1)
}

/**
 * Declares a secret that one service signs or seals with, and reads again itself: that of its sessions or cookies. A secret that the service
 * has already is taken as it is.
 *
 * @param name its use: `session`
 * @example
 * ```ts
 * const secrets = { session: signingSecret('session') }
 * ```
 */
export function signingSecret(name: string): SecretSpec<string> {
  return {
    kind: 'signing-secret',
    rule: `at least ${MIN_LENGTH} characters without line breaks`,
    access: { end: 'owner' },
    minLength: MIN_LENGTH,
    nameFor: (service) => signingSecretName(service, name),
    parse(text) {
      if (text.length < MIN_LENGTH) {
        const remedy = 'issue a new one with rekey issue signing-secret'
        throw new SecretError('malformed', `it is shorter than ${MIN_LENGTH} characters: ${remedy}`)
      }
      if (text !== text.trim() || text.includes('\n')) {
        const remedy = 'store the secret alone, without a line break'
        throw new SecretError('malformed', `it has outer blanks or line breaks: ${remedy}`)
      }
      const nonProduction = text.startsWith(NON_PRODUCTION_PREFIX)
      return { value: text, id: String(numberOf(text)), sensitive: [text], nonProduction }
    },
  }
}
