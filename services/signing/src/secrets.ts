import { apiKeyFrom, apiKeyTo } from '@rekey/api-key-auth'
import { caPassphrase } from '@rekey/ca-keystore'
import { defineService, listenerSettings } from '@rekey/config-loader'
import { tlsIdentity } from '@rekey/tls-identity'
import { z } from 'zod'

/** 398 days, the longest that the CA issues for a service. */
const MAX_SERVER_HOURS = 398 * 24

/**
 * The needs of signing: the key that frontend calls it with, its own key to certtransparency, the CA's passphrase, and its TLS
 * identity.
 */
export const definition = defineService({
  name: 'signing',
  settings: z.object({
    ...listenerSettings,
    LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    CA_DIRECTORY: z.string().min(1),
    /** The PKCS#11 library, where a token has the key of the CA; `CA_PASSPHRASE_SIGNING` is its PIN. */
    CA_PKCS11_MODULE: z.string().default(''),
    /** Names of environment variables that the library reads, with commas or spaces between. */
    CA_PKCS11_VARIABLES: z.string().default('').transform(toList),
    /** For the revocation lists; shared by all replicas. */
    CRL_DIRECTORY: z.string().min(1),
    CERTTRANSPARENCY_URL: z.url({
      protocol: /^https$/,
      error: 'an https address is needed, also on loopback',
    }),
    /** The verifier key of certtransparency's log, `name+id+base64`. */
    LOG_VERIFIER_KEY: z.string().min(1),
    /** Names of frontend's servers beside `frontend`, with commas or spaces between. */
    SERVER_NAMES_FRONTEND: z.string().default('').transform(toNames),
    /** Names of certtransparency's servers beside `certtransparency`. */
    SERVER_NAMES_CERTTRANSPARENCY: z.string().default('').transform(toNames),
    /** Names of signing's servers beside `signing`. */
    SERVER_NAMES_SIGNING: z.string().default('').transform(toNames),
    /** For each of the profiles, persons and services: the most that a signer process issues in 24 hours. */
    CERTIFICATES_PER_DAY: z.coerce.number().int().min(1).default(5_000),
    SERVER_VALIDITY_HOURS: z.coerce.number().min(1).max(MAX_SERVER_HOURS).default(24),
  }),
  secrets: {
    frontend: apiKeyFrom('frontend'),
    certtransparency: apiKeyTo('certtransparency'),
    ca: caPassphrase(),
    tls: tlsIdentity(),
  },
})

function toList(text: string): string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '')
}

function toNames(text: string): string[] {
  return toList(text.toLowerCase())
}
