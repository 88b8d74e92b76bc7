import {
  NON_PRODUCTION_PREFIX,
  parseSecureUrl,
  SecretError,
  type SecretSpec,
  storeName,
} from '@rekey/secret'
import { openTrustedFetch } from '@rekey/secret/trust'
import { proveClientSecret } from './prove-client-secret.ts'

/** Which settings name the identity provider and the client. */
export interface OidcClientOptions {
  /** Default `OIDC_ISSUER`. */
  readonly issuerSetting?: string
  /** Default `OIDC_CLIENT_ID`. */
  readonly clientIdSetting?: string
  /** The setting that names the file with the roots of a private provider; it may be absent. Default `OIDC_TRUST_FILE`. */
  readonly trustFileSetting?: string
}

const MIN_LENGTH = 32

/** The client secret that a service shares with its identity provider. The probe is `proveClientSecret`. */
export function oidcClient(options: OidcClientOptions = {}): SecretSpec<string> {
  const { issuerSetting = 'OIDC_ISSUER', clientIdSetting = 'OIDC_CLIENT_ID' } = options
  const { trustFileSetting = 'OIDC_TRUST_FILE' } = options
  return {
    kind: 'oidc-client',
    rule: `at least ${MIN_LENGTH} characters, accepted by the identity provider`,
    access: { end: 'owner' },
    minLength: MIN_LENGTH,
    fallsBack: true,
    nameFor: (service) => storeName('oidc-client-secret', [service]),
    parse(text) {
      if (text.length < MIN_LENGTH) {
        throw new SecretError(
          'malformed',
          `it is shorter than ${MIN_LENGTH} characters: issue a new one`,
        )
      }
      const nonProduction = text.startsWith(NON_PRODUCTION_PREFIX)
      return { value: text, sensitive: [text], nonProduction }
    },
    async probe({ value }, { settings, signal }) {
      const issuer = String(settings[issuerSetting])
      parseSecureUrl(issuer, issuerSetting)
      const clientId = String(settings[clientIdSetting])
      const file = settings[trustFileSetting]
      await using calls = await openTrustedFetch(typeof file === 'string' ? { file } : undefined)
      await proveClientSecret({ issuer, clientId, fetch: calls.fetch }, value, signal)
    },
  }
}
