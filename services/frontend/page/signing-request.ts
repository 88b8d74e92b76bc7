import { bits, der, integer, pem, sequence } from './der.ts'

/** A key that was made in this browser, and the request for its certificate. */
export interface KeyAndRequest {
  /** PKCS#8 in PEM, not encrypted. It goes into the profile alone. */
  readonly privateKey: string
  /** PKCS#10 in PEM. */
  readonly csr: string
}

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' }
/** `ecdsa-with-SHA256`, 1.2.840.10045.4.3.2, which has no parameters (RFC 5758 §3.2). */
const IDENTIFIER = sequence(
  der(0x06, Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)),
)
const VERSION = integer(Uint8Array.of(0))
/** The signing service names the person, so the request is without a name. */
const NO_SUBJECT = sequence()
const NO_ATTRIBUTES = der(0xa0)

/** Makes an ECDSA key on P-256 by WebCrypto, and the request (RFC 2986) for its certificate, which proves possession of it. */
export async function createKeyAndRequest(): Promise<KeyAndRequest> {
  const { subtle } = globalThis.crypto
  const { privateKey, publicKey } = await subtle.generateKey(CURVE, true, ['sign', 'verify'])
  const spki = new Uint8Array(await subtle.exportKey('spki', publicKey))
  const info = sequence(VERSION, NO_SUBJECT, spki, NO_ATTRIBUTES)
  const signature = new Uint8Array(await subtle.sign(SIGNATURE, privateKey, info))
  const request = sequence(info, IDENTIFIER, bits(encodeSignature(signature)))
  const pkcs8 = new Uint8Array(await subtle.exportKey('pkcs8', privateKey))
  return { privateKey: pem('PRIVATE KEY', pkcs8), csr: pem('CERTIFICATE REQUEST', request) }
}

/** WebCrypto joins r and s (IEEE P1363); PKCS#10 has them as `ECDSA-Sig-Value` (RFC 3279 §2.2.3). */
function encodeSignature(joined: Uint8Array): Uint8Array {
  const half = joined.length / 2
  return sequence(integer(joined.subarray(0, half)), integer(joined.subarray(half)))
}
