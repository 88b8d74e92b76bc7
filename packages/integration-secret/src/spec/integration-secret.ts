import {
  NON_PRODUCTION_PREFIX,
  type Secret,
  SecretError,
  type SecretSpec,
  storeName,
} from '@rekey/secret'
import type { ProbeContext } from '@rekey/secret/internal'

/** How a credential of a third party is checked. */
export interface IntegrationSecretOptions {
  /** The fewest characters. Default 32. */
  readonly minLength?: number
  /**
   * Tries the credential at the third party.
   *
   * @throws {SecretError} `rejected` if it is refused, `unreachable` if it was not judged
   */
  readonly prove?: (credential: Secret, context: ProbeContext) => Promise<void>
}

const MIN_LENGTH = 32

/** No header, form or login takes control characters. */
const CONTROL = /\p{Cc}/u

/** Returns the name in the store of a credential: `INTEGRATION_FRONTEND_SMTP`. */
export function integrationName(service: string, name: string): string {
  return storeName('integration', [service, name])
}

/**
 * Declares a credential at a third party: an SMTP password, a webhook signing key, an API token.
 *
 * @param name what the service uses it for: `smtp`
 * @example
 * ```ts
 * const secrets = { smtp: integrationSecret('smtp', { minLength: 16 }) }
 * ```
 */
export function integrationSecret(
  name: string,
  options: IntegrationSecretOptions = {},
): SecretSpec<string> {
  const { minLength = MIN_LENGTH, prove } = options
  return {
    kind: 'integration',
    rule: `at least ${minLength} characters without control characters`,
    access: { end: 'owner' },
    minLength,
    fallsBack: true,
    nameFor: (service) => integrationName(service, name),
    parse(text) {
      if (text.length < minLength) {
        const remedy = 'have the third party issue a longer one'
        throw new SecretError('malformed', `it is shorter than ${minLength} characters: ${remedy}`)
      }
      if (CONTROL.test(text) || text !== text.trim()) {
        const remedy = 'store the credential alone, without a line break'
        throw new SecretError('malformed', `it has control characters or outer spaces: ${remedy}`)
      }
      const nonProduction = text.startsWith(NON_PRODUCTION_PREFIX)
      return { value: text, sensitive: [text], nonProduction }
    },
    ...(prove && { probe: ({ value }, context) => prove(value, context) }),
  }
}
