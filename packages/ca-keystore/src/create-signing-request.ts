import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { Secret } from '@rekey/secret'
import { algorithmOf, ALGORITHMS, type KeyAlgorithm } from './algorithms.ts'
import { bits, context, integer, sequence } from './der.ts'
import { encodeName, type Subject } from './distinguished-name.ts'
import { encodePem } from './pem.ts'
import type { Signer } from './signer.ts'

/** Options of a new key and its request. */
export interface NewSigningRequest extends Subject {
  /** Default `ecdsa-p256`. An RSA key takes the main thread up to several seconds. */
  readonly algorithm?: KeyAlgorithm
}

/** A key and the request for its certificate. */
export interface KeyAndRequest {
  /** PKCS#8 in PEM, not encrypted. */
  readonly privateKey: Secret
  /** PKCS#10 in PEM. */
  readonly csr: string
}

/**
 * Makes a key, and the request for its certificate.
 *
 * @throws {SecretError} `refused` for a name that no certificate could have
 *
 * @example
 * ```ts
 * const { privateKey, csr } = createSigningRequest({ commonName: 'frontend' })
 * ```
 */
export function createSigningRequest(options: NewSigningRequest): KeyAndRequest {
  const { privateKey } = ALGORITHMS[options.algorithm ?? 'ecdsa-p256'].generate()
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return {
    privateKey: Secret.of(pem, 'private key of a certificate request'),
    csr: createRequestWith(privateKey, options),
  }
}

/** The request (RFC 2986) for a certificate of an existing key, see {@link signRequest}. */
export function createRequestWith(privateKey: KeyObject, subject: Subject): string {
  const { digest, identifier } = algorithmOf(privateKey)
  const info = requestInfo(createPublicKey(privateKey), subject)
  return encodeRequest(info, identifier(), sign(digest, info, privateKey))
}

/**
 * The request (RFC 2986) for a certificate of the key of a signer. It proves possession of the key and asks for no extensions: the CA
 * decides what the certificate has, and takes the subject from the identity it authenticated.
 */
export async function signRequest(signer: Signer, subject: Subject): Promise<string> {
  const info = requestInfo(signer.publicKey, subject)
  return encodeRequest(info, signer.identifier(), await signer.sign(info))
}

function requestInfo(publicKey: KeyObject, subject: Subject): Buffer {
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  return sequence(integer(0), encodeName(subject), spki, context(0))
}

function encodeRequest(info: Buffer, identifier: Buffer, signature: Buffer): string {
  const request = sequence(info, identifier, bits(signature))
  return encodePem('CERTIFICATE REQUEST', request)
}
