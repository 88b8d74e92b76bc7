import type { SecretError } from '@rekey/secret'

/** How loud each event is. `security` is for a person to look at now. */
const LEVELS = {
  'logged-in': 'info',
  'login-failed': 'error',
  'token-renewed': 'info',
  'token-due': 'info',
  'token-gone': 'warning',
  'token-expired': 'error',
  'uses-limited': 'warning',
  'lease-opened': 'info',
  'lease-renewed': 'info',
  'lease-due': 'info',
  'lease-gone': 'warning',
  'lease-expired': 'error',
  'lease-revoked': 'info',
  'read-failed': 'error',
  'revoke-failed': 'warning',
  'mint-uncertain': 'warning',
  'security-alarm': 'security',
} as const

/**
 * Events of a session, its leases and what is built on them.
 *
 * `token-due` and `lease-due`: it cannot be renewed (again) and is being replaced. `token-gone` and `lease-gone`: Vault
 * refused it. `mint-uncertain`: credentials may have been made whose answer was lost.
 */
export type VaultEventType = keyof typeof LEVELS

/** One {@link VaultEventType}. Holds no secret, token or lease id. */
export interface VaultEvent {
  readonly type: VaultEventType
  readonly level: (typeof LEVELS)[VaultEventType]
  /** Where in Vault: the path that made the lease, or of the login. */
  readonly path?: string
  readonly error?: SecretError
  /** Milliseconds until it is tried again. */
  readonly retryInMs?: number
}

/** Reports one event; the owner's handling cannot fail the work. */
export type EmitVaultEvent = (
  type: VaultEventType,
  facts?: Omit<VaultEvent, 'type' | 'level'>,
) => void

/** Makes an {@link EmitVaultEvent} for the owner's function. */
export function vaultEmitter(onEvent: ((event: VaultEvent) => void) | undefined): EmitVaultEvent {
  return (type, facts = {}) => onEvent?.({ type, level: LEVELS[type], ...facts })
}
