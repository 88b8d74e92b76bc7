import { createSecureContext } from 'node:tls'
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { type Clock, Secret, SecretError, systemClock } from '@rekey/secret'
import { fingerprintOf } from './parse-certificates.ts'
import { type PemBlock, splitPem } from './pem-blocks.ts'
import { checkLeaf, checkValidity, readChain } from './server-chain.ts'

type Details = NonNullable<KeyObject['asymmetricKeyDetails']>

const MIN_EXPONENT = 65_537n

/** The keys that a server may have; the same that the CA issues for. */
const ACCEPTED: Readonly<Record<string, (details: Details) => boolean>> = {
  ec: ({ namedCurve = '' }) => ['prime256v1', 'secp384r1'].includes(namedCurve),
  ed25519: () => true,
  rsa: ({ modulusLength = 0, publicExponent = 0n }) =>
    modulusLength >= 2048 && modulusLength <= 4096 && publicExponent >= MIN_EXPONENT,
}

/** Who a server is on TLS: a key, and the certificates that vouch for it. */
export interface TlsIdentity {
  /** PKCS#8 in PEM. */
  readonly key: Secret
  /** PEM of the certificates that the server sends, leaf first. */
  readonly chain: string
  /** SHA-256 of the leaf, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string
  /** Serial number of the leaf, lower-case hexadecimal. */
  readonly serial: string
  /** Common name of the CA that issued the leaf; empty if it has none. */
  readonly issuer: string
  readonly notBefore: Date
  readonly notAfter: Date
}

/** Options of {@link parseTlsIdentity}. */
export interface TlsParseOptions {
  /** The label that the key shows in its place. Default `private key of a server`. */
  readonly label?: string
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** The label of a key in PKCS#8, the one form that is taken. */
const KEY_LABEL = 'PRIVATE KEY'

/**
 * Reads what the store holds of a TLS server: its private key (PKCS#8), then its certificates, leaf first. Everything that a
 * client would trip over is examined here, and OpenSSL makes a context of it, so that what is parsed can be served.
 *
 * @throws {SecretError} `malformed` for the text or the order; `refused` for a weak key, a key of another certificate, a
 * certificate that is expired, not yet valid, without names, of a CA or not for servers. `details.reason` distinguishes them
 */
export function parseTlsIdentity(text: string, options: TlsParseOptions = {}): TlsIdentity {
  const { label = 'private key of a server', clock = systemClock } = options
  const [keyBlock, ...certificates] = splitPem(text)
  checkLabels(keyBlock, certificates)
  const keyPem = keyBlock?.pem ?? ''
  const key = readServerKey(keyPem)
  const chain = readChain(certificates.map(({ pem }) => pem))
  const { leaf } = chain
  checkLeaf(leaf, key)
  checkValidity(chain, clock.now())
  const chainPem = certificates.map(({ pem }) => pem).join('')
  checkContext(keyPem, chainPem)
  return {
    key: Secret.of(keyPem, label),
    chain: chainPem,
    fingerprint: fingerprintOf(leaf),
    serial: leaf.serialNumber.toLowerCase(),
    issuer: /^CN=(.*)$/m.exec(leaf.issuer)?.[1] ?? '',
    notBefore: new Date(leaf.validFrom),
    notAfter: new Date(leaf.validTo),
  }
}

function checkLabels(key: PemBlock | undefined, certificates: readonly PemBlock[]): void {
  if (key?.label !== KEY_LABEL) {
    throw malformed(
      'it does not begin with a private key in PKCS#8: convert it with `openssl pkcs8 -topk8 -nocrypt`',
    )
  }
  if (certificates.some(({ label }) => label !== 'CERTIFICATE')) {
    throw malformed('after the private key come certificates and nothing else: remove the rest')
  }
}

/** The security level of OpenSSL is stricter than our rules where a machine was set so. */
function checkContext(key: string, cert: string): void {
  try {
    createSecureContext({ key, cert })
  } catch {
    throw new SecretError(
      'refused',
      'OpenSSL of this machine makes no context of it: look at its security level, or issue a stronger chain',
      { reason: 'context' },
    )
  }
}

function malformed(problem: string): SecretError {
  return new SecretError('malformed', problem, { reason: 'layout' })
}

/**
 * Reads the private key of a server: PKCS#8 in PEM, not encrypted.
 *
 * @throws {SecretError} `malformed`; `refused` for a weak key
 */
function readServerKey(pem: string): KeyObject {
  const key = imported(pem)
  const isAccepted = ACCEPTED[key.asymmetricKeyType ?? '']?.(key.asymmetricKeyDetails ?? {})
  if (isAccepted === true) return key
  throw new SecretError(
    'refused',
    'the private key is none of P-256, P-384, Ed25519, RSA of 2048 to 4096 bits: issue a certificate for a new key',
    { reason: 'weak-key' },
  )
}

function imported(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw new SecretError('malformed', 'the private key cannot be read: store it again, whole', {
      reason: 'key',
    })
  }
}
