import { type ErrorDetails, SecretError, type SecretErrorCode } from '@rekey/secret'

type Meaning = readonly [code: SecretErrorCode, meaning: string]

/** What can go wrong, by the name in `details.reason`. */
const MEANINGS = {
  absent: ['missing', 'Vault holds nothing there: create it, or correct the name'],
  deleted: ['missing', 'its version was deleted in Vault: undelete it, or write a new one'],
  destroyed: ['missing', 'its version was destroyed in Vault: write a new one'],
  'wrong-path': ['malformed', 'no such mount, or a path of the other KV version: correct the path'],
  forbidden: ['forbidden', "Vault refused it: extend the token's policy"],
  'dead-token': ['forbidden', 'Vault does not know the token (any more): log in again'],
  'cas-mismatch': ['conflict', 'it has changed in Vault since it was read: read it again'],
  'lease-gone': ['rejected', 'Vault does not know the lease (any more): read the secret anew'],
  'bad-credentials': ['rejected', 'Vault rejected the login: issue new credentials'],
  'wrapping-token-gone': [
    'rejected',
    'the wrapping token was used before or has expired: find out who unwrapped it',
  ],
  'bad-request': ['rejected', 'Vault did not accept the request: correct path or parameters'],
  'replica-behind': ['unreachable', 'the replica has not caught up: try again shortly'],
  throttled: ['unreachable', 'Vault limits the rate of requests: try again later'],
  sealed: ['unreachable', 'Vault is sealed: unseal it'],
  standby: ['unreachable', 'the server is a standby that forwards nothing: ask the active one'],
  'server-error': ['unreachable', 'Vault failed inside: see its log'],
  'not-connected': ['unreachable', 'no connection to Vault: is the address right, is it running?'],
  cut: ['unreachable', "the connection was cut before Vault's answer was complete"],
  timeout: ['unreachable', 'Vault did not answer in time'],
  'too-large': ['unreachable', 'the answer is too large to be one of Vault'],
  encoded: ['unreachable', 'the answer is compressed, which was not asked for: bypass the proxy'],
  'not-json': [
    'unreachable',
    'the answer is not one of Vault: is there a proxy or another server?',
  ],
  redirected: [
    'refused',
    'Vault redirects to another origin, which would get the token: allow that origin, or correct the address',
  ],
} as const satisfies Record<string, Meaning>

/** Why Vault was of no use, finer than the code of the error. */
export type VaultReason = keyof typeof MEANINGS

/**
 * The one error of this adapter. What Vault said is in it as one of our reasons, never as text.
 *
 * @param what the request, such as `GET secret/data/rekey/KEY`
 */
export function vaultError(reason: VaultReason, what: string, details: ErrorDetails = {}) {
  const [code, meaning] = MEANINGS[reason]
  return new SecretError(code, `${what}: ${meaning}`, { ...details, reason })
}

/** Whether `error` is a failure of Vault for one of these reasons. */
export function isVaultReason(error: unknown, ...reasons: readonly VaultReason[]): boolean {
  if (!(error instanceof SecretError)) return false
  return reasons.some((reason) => error.details['reason'] === reason)
}
