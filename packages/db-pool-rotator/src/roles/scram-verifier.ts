import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { type Secret, SecretError } from '@rekey/secret'

/** PostgreSQL's own defaults (`scram_iterations`, and SCRAM_DEFAULT_SALT_LEN in src/include/common/scram-common.h). */
const DEFAULT_ITERATIONS = 4096
const SALT_BYTES = 16
const KEY_BYTES = 32

/**
 * Computes the verifier that PostgreSQL stores in place of a password. Computed here, the password itself never travels in a
 * statement, so no setting of the server can write it to a log.
 *
 * Source: RFC 5802 section 3, RFC 7677; the text form is that of `pg_authid.rolpassword` (documentation section 52.8).
 *
 * @param iterations - of PBKDF2
 * @throws {SecretError} `malformed` for a password that is not printable ASCII: it would need SASLprep (RFC 4013)
 *
 * @example
 * ```ts
 * const verifier = await createScramVerifier(password)
 * ```
 */
export async function createScramVerifier(
  password: Secret,
  iterations = DEFAULT_ITERATIONS,
): Promise<string> {
  const text = password.expose()
  if (!/^[\x21-\x7e]+$/.test(text)) {
    throw new SecretError(
      'malformed',
      'A database password must be printable ASCII without spaces; generate one',
    )
  }
  const salt = randomBytes(SALT_BYTES)
  const salted = await promisify(pbkdf2)(text, salt, iterations, KEY_BYTES, 'sha256')
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64')
  const serverKey = hmac(salted, 'Server Key').toString('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}

function hmac(key: Buffer, message: string): Buffer {
  return createHmac('sha256', key).update(message).digest()
}
