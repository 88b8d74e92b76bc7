import { createHash, randomBytes } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { bits, context, integer, sequence, time } from './der.ts'
import { encodePem } from './pem.ts'
import { lintCertificate, type LintExpectation, type LintIssuer } from './lint-certificate.ts'
import { isSignedBy, type Signer } from './signer.ts'
import type { Validity } from './validity.ts'

/** Everything of a certificate that its issuer does not add. */
export interface CertificateContent extends Validity {
  readonly kind: LintExpectation['kind']
  /** `Name` as DER. */
  readonly subject: Buffer
  /** `SubjectPublicKeyInfo` as DER. */
  readonly spki: Buffer
  readonly extensions: readonly Buffer[]
}

/** A certificate that was issued. */
export interface IssuedCertificate {
  /** PEM of the certificate alone; the chain is that of the keystore. */
  readonly certificate: string
  /** 40 lower-case hexadecimal digits. */
  readonly serial: string
  readonly notBefore: Date
  readonly notAfter: Date
  /** SHA-256 of the DER, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string
  /** Whether it was issued before, for the same order. Absent for a new one. */
  readonly isRepeat?: true
}

/** Where a serial is written before it is signed, and its certificate before it is handed out. Rejects if that fails. */
export interface SerialRecord {
  reserve(serial: string): Promise<void>
  signed(issued: IssuedCertificate): Promise<void>
  /** Never rejects. */
  failed(serial: string): Promise<void>
}

const VERSION_3 = 2

/**
 * Builds a certificate (RFC 5280 §4.1), lints it, signs it, then verifies the signature, so that a fault never leaves the CA.
 *
 * @param issuer its name, byte for byte as in its own certificate, key identifier and end
 * @param record written ahead; without, nothing is
 * @throws {SecretError} `rejected` if the result breaks a rule or does not verify; errors of the record
 */
export async function signCertificate(
  content: CertificateContent,
  issuer: LintIssuer,
  signer: Signer,
  record?: SerialRecord,
): Promise<IssuedCertificate> {
  const serial = randomSerial()
  await record?.reserve(serial.toString('hex'))
  try {
    const issued = await signWith(serial, content, issuer, signer)
    await record?.signed(issued)
    return issued
  } catch (error) {
    await record?.failed(serial.toString('hex'))
    throw error
  }
}

async function signWith(
  serial: Buffer,
  content: CertificateContent,
  issuer: LintIssuer,
  signer: Signer,
): Promise<IssuedCertificate> {
  const identifier = signer.identifier()
  const tbs = sequence(
    context(0, integer(VERSION_3)),
    integer(serial),
    identifier,
    issuer.subject,
    sequence(time(content.notBefore), time(content.notAfter)),
    content.subject,
    content.spki,
    context(3, sequence(...content.extensions)),
  )
  const { kind, spki } = content
  lintCertificate(tbs, { kind, issuer, identifier, spki })
  const signature = await signer.sign(tbs)
  if (!isSignedBy(signer.publicKey, tbs, signature)) throw signingFault()
  const der = sequence(tbs, identifier, bits(signature))
  return {
    certificate: encodePem('CERTIFICATE', der),
    serial: serial.toString('hex'),
    notBefore: content.notBefore,
    notAfter: content.notAfter,
    fingerprint: createHash('sha256').update(der).digest('hex'),
  }
}

function signingFault(): SecretError {
  return new SecretError(
    'rejected',
    'the certificate just signed does not verify, and was thrown away; check the hardware and restart',
    { reason: 'signing-fault' },
  )
}

/** 158 random bits; the first bits 01 make every serial positive and 20 octets long (RFC 5280 §4.1.2.2). */
function randomSerial(): Buffer {
  const serial = randomBytes(20)
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  return serial
}
