import { randomBytes, X509Certificate } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { type Asn1, bits, context, embedded, encodeDer, integer, sequence, time } from './der.ts'
import { encodePem } from './pem.ts'
import type { Signer } from './signer.ts'
import type { Validity } from './validity.ts'

/** Everything of a certificate that its issuer does not add. */
export interface CertificateContent extends Validity {
  /** `Name` as DER. */
  readonly subject: Buffer
  /** `SubjectPublicKeyInfo` as DER. */
  readonly spki: Buffer
  readonly extensions: readonly Asn1[]
}

/** A certificate that was just issued. */
export interface IssuedCertificate {
  /** PEM of the certificate alone; the chain is that of the keystore. */
  readonly certificate: string
  /** 40 lower-case hexadecimal digits. */
  readonly serial: string
  readonly notBefore: Date
  readonly notAfter: Date
  /** SHA-256 of the DER, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string
}

const VERSION_3 = 2

/**
 * Builds and signs a certificate (RFC 5280 §4.1), then reads it back and verifies it, so that a fault while signing never
 * leaves the CA.
 *
 * @param issuer `Name` of the issuer, byte for byte as in its own certificate
 * @throws {SecretError} `rejected` if the result does not verify
 */
export async function signCertificate(
  content: CertificateContent,
  issuer: Buffer,
  signer: Signer,
): Promise<IssuedCertificate> {
  const serial = randomSerial()
  const identifier = signer.identifier()
  const tbs = encodeDer(
    sequence(
      context(0, integer(VERSION_3)),
      integer(serial),
      identifier,
      embedded(issuer),
      sequence(time(content.notBefore), time(content.notAfter)),
      embedded(content.subject),
      embedded(content.spki),
      context(3, sequence(...content.extensions)),
    ),
  )
  const signature = await signer.sign(tbs)
  const der = encodeDer(sequence(embedded(tbs), identifier, bits(signature)))
  return {
    certificate: encodePem('CERTIFICATE', der),
    serial: serial.toString('hex'),
    notBefore: content.notBefore,
    notAfter: content.notAfter,
    fingerprint: verifiedFingerprint(der, signer),
  }
}

function verifiedFingerprint(der: Buffer, signer: Signer): string {
  const certificate = new X509Certificate(der)
  if (!certificate.verify(signer.publicKey)) {
    throw new SecretError(
      'rejected',
      'the certificate just signed does not verify, and was thrown away; check the hardware and restart',
      { reason: 'signing-fault' },
    )
  }
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase()
}

/** 158 random bits; the first bits 01 make every serial positive and 20 octets long (RFC 5280 §4.1.2.2). */
function randomSerial(): Buffer {
  const serial = randomBytes(20)
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  return serial
}
