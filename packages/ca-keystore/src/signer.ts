import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { algorithmOf } from './algorithms.ts'

const signOffThread = promisify(sign) as (
  digest: string | null,
  data: Buffer,
  key: KeyObject,
) => Promise<Buffer>

/** Whatever holds a private key and signs with it: a key in this process, or another process. */
export interface Signer {
  readonly publicKey: KeyObject
  /** `AlgorithmIdentifier` of the signatures. */
  readonly identifier: () => Buffer
  sign(data: Buffer): Promise<Buffer>
  /** Ends the holder of the key, where it is not this process. */
  close?(): void
}

/** A signer over a key in this process; signatures are made in the thread pool. */
export function createKeySigner(privateKey: KeyObject): Signer {
  const publicKey = apartFrom(privateKey)
  const { digest, identifier } = algorithmOf(publicKey)
  return {
    publicKey,
    identifier,
    sign: (data) => signOffThread(digest, data, privateKey),
  }
}

/**
 * The public half, as a key of its own. The one that Node.js makes of a private key shares its memory, in which OpenSSL 3 puts a second
 * copy of the private half when a property of the curve is asked for.
 */
function apartFrom(privateKey: KeyObject): KeyObject {
  const key = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return createPublicKey({ key, format: 'der', type: 'spki' })
}

/** Whether `signature` over `data` was made by the other half of `publicKey`, in the algorithm {@link Signer} uses. */
export function isSignedBy(publicKey: KeyObject, data: Buffer, signature: Buffer): boolean {
  return verify(algorithmOf(publicKey).digest, data, publicKey, signature)
}
