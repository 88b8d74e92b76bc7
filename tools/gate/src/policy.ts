/** Who may hold secrets of one kind, and how long they must be at least. */
interface KindPolicy {
  /** The services that may hold one, each exactly one; for API keys see {@link AccessPolicy.calls}. */
  readonly holders: readonly string[] | 'callers'
  /** In characters of secret material. */
  readonly minLength: number
}

/** The access policy of a family of services. */
export interface AccessPolicy {
  /** Every kind there may be, by `SecretSpec.kind`. A kind that is not here is a breach. */
  readonly kinds: Readonly<Record<string, KindPolicy>>
  /** Who may call whom; each call has one API key, held by these two and nobody else. */
  readonly calls: readonly (readonly [sender: string, receiver: string])[]
}

/** This file, for findings about what it grants. */
export const POLICY_FILE = 'tools/gate/src/policy.ts'

/** The policy of this repository. To grant something, change this table; the change is what gets reviewed. */
export const POLICY: AccessPolicy = {
  kinds: {
    'oidc-client': { holders: ['frontend'], minLength: 32 },
    'ca-passphrase': { holders: ['signing'], minLength: 32 },
    database: { holders: ['frontend', 'certtransparency'], minLength: 32 },
    'api-key': { holders: 'callers', minLength: 32 },
  },
  calls: [
    ['frontend', 'signing'],
    ['signing', 'certtransparency'],
  ],
}

/** The lint rules that must be errors in every service. What is only named like a secret is none of them. */
export const REQUIRED_RULES: readonly string[] = [
  '@rekey/min-key-length',
  '@rekey/no-expose-outside-boundary',
  '@rekey/no-hardcoded-secret',
  '@rekey/no-insecure-random',
  '@rekey/no-raw-env',
  '@rekey/no-secret-fallback',
  '@rekey/no-secret-in-argv',
  '@rekey/no-secret-in-errors',
  '@rekey/no-secret-in-logs',
  '@rekey/no-secret-in-response',
  '@rekey/no-secret-in-telemetry',
  '@rekey/no-secret-widening',
  '@rekey/no-timing-unsafe-compare',
  '@rekey/require-startup-validation',
  '@rekey/service-access',
]
