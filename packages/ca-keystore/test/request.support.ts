import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import {
  bits,
  context,
  integer,
  nothing,
  octets,
  oid,
  sequence,
  set,
  unsigned,
  utf8,
  yes,
} from '../src/der.ts'
import { encodePem } from '../src/pem.ts'

/** A request as a hostile sender could make it; what is not given is right. */
export interface CraftedRequest {
  readonly privateKey?: KeyObject
  /** `SubjectPublicKeyInfo`; by default that of `privateKey`. */
  readonly spki?: Buffer
  readonly version?: number
  readonly subject?: Buffer
  readonly attributes?: readonly Buffer[]
  readonly digest?: string | null
  readonly identifier?: Buffer
  /** Changes what is sent after it was signed. */
  readonly infoAfterSigning?: (info: Buffer) => Buffer
  readonly signatureAfterSigning?: (signature: Buffer) => Buffer
}

/** The keys that honest requests here are made with. */
export const KEYS = {
  ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ed: generateKeyPairSync('ed25519'),
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
}

/** `AlgorithmIdentifier` by the name of the signature algorithm. */
export const IDENTIFIERS = {
  ecdsaSha1: sequence(oid('1.2.840.10045.4.1')),
  ecdsaSha256: sequence(oid('1.2.840.10045.4.3.2')),
  ed25519: sequence(oid('1.3.101.112')),
  rsaMd5: sequence(oid('1.2.840.113549.1.1.4'), nothing()),
  rsaSha1: sequence(oid('1.2.840.113549.1.1.5'), nothing()),
  rsaSha256: sequence(oid('1.2.840.113549.1.1.11'), nothing()),
  rsaSha256Bare: sequence(oid('1.2.840.113549.1.1.11')),
  rsaPss: sequence(oid('1.2.840.113549.1.1.10'), sequence()),
}

/** The DER of a crafted request. */
export function craftDer(request: CraftedRequest = {}): Buffer {
  const { privateKey = KEYS.ec.privateKey, version = 0, attributes = [] } = request
  const isEd = privateKey.asymmetricKeyType === 'ed25519'
  const { digest = isEd ? null : 'sha256', identifier = IDENTIFIERS.ecdsaSha256 } = request
  const subject = request.subject ?? commonName('x')
  const spki = request.spki ?? spkiOf(privateKey)
  const info = sequence(integer(version), subject, spki, context(0, ...attributes))
  const signature = sign(digest, info, privateKey)
  const { infoAfterSigning = same, signatureAfterSigning = same } = request
  const parts = [infoAfterSigning(info), identifier]
  return sequence(...parts, bits(signatureAfterSigning(signature)))
}

/** The PEM of a crafted request. */
export function craft(request: CraftedRequest = {}): string {
  return encodePem('CERTIFICATE REQUEST', craftDer(request))
}

export function commonName(text: string): Buffer {
  return sequence(set(sequence(oid('2.5.4.3'), utf8(text))))
}

/** The PKCS#9 attribute, or the one of another OID, that asks for extensions. */
export function asks(...extensions: Buffer[]): Buffer {
  return asksAs('1.2.840.113549.1.9.14', ...extensions)
}

export function asksAs(attribute: string, ...extensions: Buffer[]): Buffer {
  return sequence(oid(attribute), set(sequence(...extensions)))
}

/** One extension, not critical unless said. */
export function wanted(type: string, value: Buffer, critical = false): Buffer {
  const content = octets(value)
  return critical ? sequence(oid(type), yes(), content) : sequence(oid(type), content)
}

/** `SubjectPublicKeyInfo` of an RSA key that need not exist. */
export function rsaSpki(modulus: bigint, exponent = 65_537): Buffer {
  const hex = modulus.toString(16)
  const bytes = unsigned(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex'))
  const key = sequence(integer(bytes), integer(exponent))
  return sequence(sequence(oid('1.2.840.113549.1.1.1'), nothing()), bits(key))
}

/** `SubjectPublicKeyInfo` of a P-256 point that need not exist. */
export function p256Spki(point: Buffer): Buffer {
  return sequence(sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')), bits(point))
}

function spkiOf(privateKey: KeyObject): Buffer {
  const pair = Object.values(KEYS).find((keys) => keys.privateKey === privateKey)
  if (pair === undefined) throw new TypeError('give the spki of a key that is not in KEYS')
  return pair.publicKey.export({ format: 'der', type: 'spki' })
}

function same(bytes: Buffer): Buffer {
  return bytes
}
