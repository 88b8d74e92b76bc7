import { SecretError } from '@rekey/secret'
import { type Asn1, encodeDer, integer, nothing, octets, oid, sequence } from './der.ts'
import { readDer } from './der-reader.ts'

/** Parameters of key derivation of an encrypted file, and the start of its cipher. */
export interface Pbes2 {
  readonly salt: Buffer
  readonly iterations: number
  readonly iv: Buffer
}

/**
 * How many PBKDF2-HMAC-SHA256 iterations are written, and the fewest that are accepted: OWASP Password Storage Cheat
 * Sheet (2023 and later). OpenSSL and Node.js write 2,048 on their own.
 */
export const ITERATIONS = 600_000

/** No upstream reader has a ceiling; without one a file with 2^31 iterations keeps a core busy for ten minutes. */
const MAX_ITERATIONS = 10_000_000

/** RFC 8018 appendices A.2, A.4, B.1.2 and B.2.5; RFC 3565 §4.1. */
const OIDS = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
}

const WHAT = 'the CA key file'

/** The `AlgorithmIdentifier` of PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC. */
export function pbes2Identifier({ salt, iterations, iv }: Pbes2): Asn1 {
  const kdf = sequence(octets(salt), integer(iterations), sequence(oid(OIDS.hmacSha256), nothing()))
  return sequence(
    oid(OIDS.pbes2),
    sequence(sequence(oid(OIDS.pbkdf2), kdf), sequence(oid(OIDS.aes256Cbc), octets(iv))),
  )
}

/** `EncryptedPrivateKeyInfo` (RFC 5958 §3). */
export function encodeEncryptedKey(parameters: Pbes2, ciphertext: Buffer): Buffer {
  return encodeDer(sequence(pbes2Identifier(parameters), octets(ciphertext)))
}

/**
 * Reads `EncryptedPrivateKeyInfo`, and checks its parameters before any work is done with them. Only the exact form that
 * {@link pbes2Identifier} writes is accepted.
 *
 * @throws {SecretError} `malformed`, or `refused` for parameters out of bounds
 */
export function parseEncryptedKey(der: Buffer): { parameters: Pbes2; ciphertext: Buffer } {
  const file = readDer(der, WHAT).sequence(2, 2)
  const [identifier, ciphertext] = [file.at(0), file.at(1).octets()]
  const [kdf, cipher] = readParts(identifier.sequence(2, 2).at(1).sequence(2, 2))
  const salt = kdf.at(0).octets()
  const iterations = kdf.at(1).integer()
  const iv = cipher.octets()
  if (iterations < ITERATIONS || iterations > MAX_ITERATIONS) throw refused('iteration count')
  if (salt.length < 16 || salt.length > 64) throw refused('salt length')
  if (iv.length !== 16 || ciphertext.length === 0 || ciphertext.length % 16 !== 0) {
    return identifier.malformed()
  }
  const parameters = { salt, iterations: Number(iterations), iv }
  const expected = encodeDer(pbes2Identifier(parameters))
  if (!expected.equals(identifier.der())) throw refused('algorithm')
  return { parameters, ciphertext }
}

function readParts(parts: ReturnType<ReturnType<typeof readDer>['sequence']>) {
  const kdf = parts.at(0).sequence(2, 2).at(1).sequence(2, 4)
  const cipher = parts.at(1).sequence(2, 2).at(1)
  return [kdf, cipher] as const
}

function refused(what: string): SecretError {
  return new SecretError(
    'refused',
    `the ${what} of the CA key file is out of bounds (PBKDF2-HMAC-SHA256 with ${ITERATIONS} to ${MAX_ITERATIONS} ` +
      'iterations and 16 to 64 bytes of salt, AES-256-CBC); restore the file from a backup, or make it again',
    { reason: 'kdf-policy' },
  )
}
