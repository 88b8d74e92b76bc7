import { createCipheriv, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { recordLife } from './biography.ts'
import { integer, nothing, octets, oid, sequence } from './der.ts'
import { type PassphraseVersion, readKeystore, unlockFailed } from './keystore-files.ts'
import { bytesOf, type SecretText } from './passphrase.ts'
import { checkNewPassphrase } from './passphrase-strength.ts'
import { encodePem } from './pem.ts'
import { unlockKey } from './unlock-key.ts'

/** Parameters of key derivation of an encrypted file, and the start of its cipher. */
interface Pbes2 {
  readonly salt: Buffer
  readonly iterations: number
  readonly iv: Buffer
}

/** OWASP Password Storage Cheat Sheet (2023 and later) asks for this with PBKDF2-HMAC-SHA256. OpenSSL and Node.js write 2,048. */
const ITERATIONS = 600_000

/** RFC 8018 appendices A.2, A.4, B.1.2 and B.2.5; RFC 3565 §4.1. */
const OIDS = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
}

/** A CA key to be written for recovery without this software. */
export interface RecoveryOptions {
  /** The directory of the keystore. */
  readonly directory: string
  /** Opens the key. */
  readonly passphrase: PassphraseVersion
  /** Encrypts the copy. */
  readonly recoveryPassphrase: SecretText
}

/**
 * Encrypts a copy of a CA key so that stock OpenSSL opens it: `openssl pkey -in recovery.pem`. It is PKCS#8 with PBES2, PBKDF2-HMAC-SHA256
 * with 600,000 iterations and AES-256-CBC (RFC 8018). Nothing authenticates such a file, so no keystore ever opens one: keep it offline.
 *
 * @returns PEM
 * @throws {SecretError} `rejected` for a wrong passphrase or a damaged key, `malformed` for a weak one, and what `openCaKeystore` throws
 *   for unsafe or broken files
 *
 * @example
 * ```ts
 * const pem = await encryptForRecovery({ directory, passphrase, recoveryPassphrase })
 * ```
 */
export async function encryptForRecovery(options: RecoveryOptions): Promise<string> {
  await checkNewPassphrase(options.recoveryPassphrase)
  const files = await readKeystore(options)
  const pkcs8 = await unlockKey(files)
  if (pkcs8 === undefined) throw unlockFailed(files.directory)
  try {
    const pem = await encryptKey(pkcs8, options.recoveryPassphrase)
    await recordLife(files, { action: 'copy-for-recovery' })
    return pem
  } finally {
    pkcs8.fill(0)
  }
}

/** Encrypts `PrivateKeyInfo` for stock OpenSSL. @returns PEM */
export async function encryptKey(pkcs8: Buffer, passphrase: SecretText): Promise<string> {
  const parameters = { salt: randomBytes(16), iterations: ITERATIONS, iv: randomBytes(16) }
  using bytes = bytesOf(passphrase)
  const { salt } = parameters
  const key = await promisify(pbkdf2)(bytes.expose(), salt, ITERATIONS, 32, 'sha256')
  const cipher = createCipheriv('aes-256-cbc', key, parameters.iv)
  const ciphertext = Buffer.concat([cipher.update(pkcs8), cipher.final()])
  key.fill(0)
  return encodePem('ENCRYPTED PRIVATE KEY', encodeEncryptedKey(parameters, ciphertext))
}

/** The `AlgorithmIdentifier` of PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC. */
function pbes2Identifier({ salt, iterations, iv }: Pbes2): Buffer {
  const kdf = sequence(octets(salt), integer(iterations), sequence(oid(OIDS.hmacSha256), nothing()))
  return sequence(
    oid(OIDS.pbes2),
    sequence(sequence(oid(OIDS.pbkdf2), kdf), sequence(oid(OIDS.aes256Cbc), octets(iv))),
  )
}

/** `EncryptedPrivateKeyInfo` (RFC 5958 §3). */
function encodeEncryptedKey(parameters: Pbes2, ciphertext: Buffer): Buffer {
  return sequence(pbes2Identifier(parameters), octets(ciphertext))
}
