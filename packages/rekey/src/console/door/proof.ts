import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** The header with the proof of a request. A page of another origin cannot set it, and no browser adds it by itself. */
const HEADER = 'x-rekey-proof'
/** In base64url: the public key, 16 random bytes, the signature. */
const FORM = /^([\w-]{87})\.([\w-]{22})\.([\w-]{86})$/
/** Of an uncompressed point of P-256 (SEC 1 §2.3.3): 4, x, y. */
const COORDINATE_BYTES = 32

/** The signature of a page over method, address, a text that is used once, and the body of a request. */
export interface Proof {
  /** The digest of the public key. */
  readonly id: string
  /** Random, so that no proof is taken twice. */
  readonly once: string
  isSignedBy(key: KeyObject): boolean
}

/** Reads the proof of a request; undefined if it has none in this form. */
export function readProof(request: IncomingMessage, body: Buffer): Proof | undefined {
  const { method = '', url = '', headers } = request
  const [, key, once, signature] = FORM.exec(String(headers[HEADER] ?? '')) ?? []
  if (key === undefined || once === undefined || signature === undefined) return undefined
  const signed = Buffer.concat([Buffer.from(`${method} ${url}\n${once}\n`), body])
  const bytes = Buffer.from(signature, 'base64url')
  return {
    id: idOf(key),
    once,
    isSignedBy: (own) => verify('sha256', signed, { key: own, dsaEncoding: 'ieee-p1363' }, bytes),
  }
}

/** The key of an origin, which signs with the private half that only its browser has. */
export interface OriginKey {
  readonly id: string
  readonly key: KeyObject
}

/**
 * Parses a public key as WebCrypto exports it: the raw point of P-256, in base64url.
 *
 * @returns undefined if it is no point of the curve
 */
export function parseOriginKey(text: string): OriginKey | undefined {
  const point = Buffer.from(text, 'base64url')
  const [x, y] = [point.subarray(1, 1 + COORDINATE_BYTES), point.subarray(1 + COORDINATE_BYTES)]
  const jwk = { kty: 'EC', crv: 'P-256', x: x.toString('base64url'), y: y.toString('base64url') }
  try {
    return { id: idOf(text), key: createPublicKey({ key: jwk, format: 'jwk' }) }
  } catch {
    return undefined
  }
}

function idOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url')
}
