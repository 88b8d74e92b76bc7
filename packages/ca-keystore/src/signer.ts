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
  const { digest, identifier } = algorithmOf(privateKey)
  return {
    publicKey: createPublicKey(privateKey),
    identifier,
    sign: (data) => signOffThread(digest, data, privateKey),
  }
}

/** Whether `signature` over `data` was made by the other half of `publicKey`, in the algorithm {@link Signer} uses. */
export function isSignedBy(publicKey: KeyObject, data: Buffer, signature: Buffer): boolean {
  return verify(algorithmOf(publicKey).digest, data, publicKey, signature)
}
