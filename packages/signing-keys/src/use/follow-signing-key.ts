import type { KeyObject } from 'node:crypto'
import { type LiveSecret, SecretError } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import type { Jwk } from '../spec/algorithms.ts'
import type { SigningKey } from '../spec/signing-key.ts'
import { reportHeld } from './report-held.ts'

/** The live versions of a key that signs tokens. */
export type SigningKeys = Readonly<{
  /** Calls `work` with the key that signs now; the token must have its `kid` and `alg`. */
  sign<R>(work: (key: SigningKey) => R): R
  /**
   * Finds the key that verifies a token, by its header.
   *
   * @throws {SecretError} `rejected` for a `kid` that is unknown or absent, and for an `alg` that is not the key's
   */
  find(header: { readonly kid?: string | undefined; readonly alg?: string | undefined }): KeyObject
  /** The set to publish (RFC 7517 §5), the next key too, so that verifiers have it before it signs. */
  jwks(): { readonly keys: Jwk[] }
  /** Follows no longer. */
  close: () => void
}>

/**
 * Follows a key that signs tokens through its rotations.
 *
 * @example
 * ```ts
 * const keys = followSigningKey(service.secrets.tokens)
 * const token = await keys.sign(({ kid, alg, privateKey }) =>
 *   new SignJWT(claims).setProtectedHeader({ kid, alg }).sign(privateKey),
 * )
 * await jwtVerify(token, (header) => keys.find(header))
 * ```
 */
export function followSigningKey(secret: LiveSecret<SigningKey>): SigningKeys {
  const { close } = reportHeld(secret)
  const keys = () => liveVersions(secret.snapshot).map(({ value }) => value.expose())
  return {
    sign(work) {
      const { version, value } = secret.current
      secret.usage.record(version)
      return work(value.expose())
    },
    find({ kid, alg }) {
      const key = keys().find((one) => one.kid === kid)
      if (key === undefined)
        throw new SecretError('rejected', 'no live key has the kid of the token')
      if (key.alg === alg) return key.publicKey
      throw new SecretError('rejected', 'the alg of the token is not that of its key')
    },
    jwks: () => ({ keys: keys().map(({ jwk }) => jwk) }),
    close,
  }
}
