import { createPrivateKey, type KeyObject } from 'node:crypto'
import { SecretError } from '@rekey/secret'

type Details = NonNullable<KeyObject['asymmetricKeyDetails']>

const MIN_EXPONENT = 65_537n

/** The keys that a server may have; the same that the CA issues for. */
const ACCEPTED: Readonly<Record<string, (details: Details) => boolean>> = {
  ec: ({ namedCurve = '' }) => ['prime256v1', 'secp384r1'].includes(namedCurve),
  ed25519: () => true,
  rsa: ({ modulusLength = 0, publicExponent = 0n }) =>
    modulusLength >= 2048 && modulusLength <= 4096 && publicExponent >= MIN_EXPONENT,
}

/**
 * Reads the private key of a server: PKCS#8 in PEM, not encrypted.
 *
 * @throws {SecretError} `malformed`; `refused` for a weak key
 */
export function readServerKey(pem: string): KeyObject {
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
