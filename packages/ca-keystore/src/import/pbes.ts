import { createDecipheriv, pbkdf2, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import type { DerList, DerNode } from '../der-reader.ts'
import { costly, notOpened, unreadable, unsupported } from './import-errors.ts'
import { derivePkcs12 } from './pkcs12-kdf.ts'

/** A cipher in CBC mode by its name in OpenSSL, and the bytes of its key. */
type Cipher = readonly [name: string, keyBytes: number]

/** RFC 8018 appendices A.2, A.3, A.4; RFC 7914 §7. */
const [PBES2, PBKDF2, SCRYPT] = [
  '1.2.840.113549.1.5.13',
  '1.2.840.113549.1.5.12',
  '1.3.6.1.4.1.11591.4.11',
]

/** `pbeWithSHAAnd3-KeyTripleDES-CBC` (RFC 7292 appendix C). Its sisters have keys of 40 to 128 bits. */
const PKCS12_3DES = '1.2.840.113549.1.12.1.3'

/** RFC 3565 §4.1, RFC 8018 appendix B.2.2. */
const CIPHERS: Readonly<Record<string, Cipher>> = {
  '2.16.840.1.101.3.4.1.2': ['aes-128-cbc', 16],
  '2.16.840.1.101.3.4.1.22': ['aes-192-cbc', 24],
  '2.16.840.1.101.3.4.1.42': ['aes-256-cbc', 32],
  '1.2.840.113549.3.7': ['des-ede3-cbc', 24],
}

/** Digests of HMAC (RFC 8018 appendix B.1). */
export const HMACS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
}
const DEFAULT_HMAC = 'sha1'

/** Four seconds of one core, off the main thread. */
const MAX_ITERATIONS = 10_000_000n
const MAX_SCRYPT_BYTES = 1024n * 1024n * 1024n
const MAX_SCRYPT_P = 16n
const MAX_SALT_BYTES = 1024
const SPARE_BYTES = 1024 * 1024

/**
 * Decrypts by the scheme of an `AlgorithmIdentifier`: PBES2 with PBKDF2 or scrypt (RFC 8018 §6.2, RFC 7914 §7), or triple DES of PKCS#12.
 * The cost is checked before any work. Nothing authenticates the result. The caller wipes it.
 *
 * @throws {SecretError} `rejected` if it does not decrypt, `refused` for another scheme or a cost out of bounds, `malformed`
 */
export async function decryptPbes(
  identifier: DerNode,
  ciphertext: Buffer,
  passphrase: Buffer,
): Promise<Buffer> {
  const parts = identifier.sequence(1, 2)
  const scheme = parts.at(0).oid()
  if (scheme === PKCS12_3DES) {
    const { salt, iterations } = readSaltAndCount(parts.at(1).sequence(2, 2))
    const derive = (use: 'key' | 'iv', length: number) =>
      derivePkcs12(passphrase, { use, length, salt, iterations, digest: 'sha1' })
    return decryptCbc(['des-ede3-cbc', 24], derive('key', 24), derive('iv', 8), ciphertext)
  }
  if (scheme !== PBES2) throw unsupported('is encrypted by a scheme that is broken or unknown')
  const [derivation, encryption] = parts
    .at(1)
    .sequence(2, 2)
    .items.map((one) => one.sequence(2, 2))
  const cipher = CIPHERS[encryption?.at(0).oid() ?? '']
  const iv = encryption?.at(1)
  if (derivation === undefined || cipher === undefined || iv === undefined) {
    throw unsupported('is encrypted with a cipher that is broken or unknown')
  }
  const key = await deriveKey(derivation, passphrase, cipher[1])
  return decryptCbc(cipher, key, iv.octets(), ciphertext)
}

/**
 * Derives a key by an `AlgorithmIdentifier` of PBKDF2 or scrypt, taken apart, off the main thread. The caller wipes it.
 *
 * @throws {SecretError} `refused` for another function or a cost out of bounds, `malformed`
 */
export async function deriveKey(
  derivation: DerList,
  passphrase: Buffer,
  length: number,
): Promise<Buffer> {
  const [kind, parameters] = [derivation.at(0).oid(), derivation.at(1).sequence(2, 5)]
  if (kind === PBKDF2) {
    const { salt, iterations } = readSaltAndCount(parameters)
    const [third, fourth] = parameters.items.slice(2)
    if (third?.isInteger() && third.integer() !== BigInt(length)) throw costly()
    const prf = third?.isInteger() ? fourth : third
    const digest = prf === undefined ? DEFAULT_HMAC : HMACS[prf.sequence(1, 2).at(0).oid()]
    if (digest === undefined) throw unsupported('derives its key by a function that is unknown')
    return promisify(pbkdf2)(passphrase, salt, iterations, length, digest)
  }
  if (kind !== SCRYPT) throw unsupported('derives its key by a function that is unknown')
  return deriveByScrypt(parameters, passphrase, length)
}

/** Reads a salt and an iteration count, and bounds both. @throws {SecretError} `refused`, `malformed` */
export function readSaltAndCount(parameters: DerList): { salt: Buffer; iterations: number } {
  const [salt, iterations] = [parameters.at(0).octets(), parameters.at(1).integer()]
  if (iterations < 1n || iterations > MAX_ITERATIONS || salt.length > MAX_SALT_BYTES) throw costly()
  return { salt, iterations: Number(iterations) }
}

async function deriveByScrypt(
  parameters: DerList,
  passphrase: Buffer,
  length: number,
): Promise<Buffer> {
  const salt = parameters.at(0).octets()
  const [n = 0n, r = 0n, p = 0n, stated] = parameters.items.slice(1).map((one) => one.integer())
  const isPowerOfTwo = n > 1n && (n & (n - 1n)) === 0n
  const isBounded =
    r > 0n &&
    p > 0n &&
    p <= MAX_SCRYPT_P &&
    r <= MAX_SCRYPT_BYTES &&
    128n * n * r <= MAX_SCRYPT_BYTES
  const isLength = stated === undefined || stated === BigInt(length)
  if (!isPowerOfTwo || !isBounded || !isLength || salt.length > MAX_SALT_BYTES) throw costly()
  const [N, rr, pp] = [Number(n), Number(r), Number(p)]
  const maxmem = 128 * rr * (N + pp) + SPARE_BYTES
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, length, { N, r: rr, p: pp, maxmem }, (error, key) => {
      if (error === null) resolve(key)
      else reject(costly())
    })
  })
}

/**
 * Decrypts CBC with padding, and wipes the key.
 *
 * @throws {SecretError} `rejected` for wrong padding, `malformed` for an initialisation vector of another length
 */
export function decryptCbc([name]: Cipher, key: Buffer, iv: Buffer, ciphertext: Buffer): Buffer {
  try {
    if (iv.length !== (name.startsWith('aes') ? 16 : 8)) throw unreadable('has no whole vector')
    const decipher = createDecipheriv(name, key, iv)
    const start = decipher.update(ciphertext)
    try {
      const end = decipher.final()
      const whole = Buffer.concat([start, end])
      end.fill(0)
      return whole
    } catch {
      throw notOpened()
    } finally {
      start.fill(0)
    }
  } finally {
    key.fill(0)
  }
}
