import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  hkdfSync,
  type KeyObject,
  pbkdf2,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { promisify } from 'node:util'
import type { Secret } from '@rekey/secret'
import { encodeDer } from './der.ts'
import {
  encodeEncryptedKey,
  ITERATIONS,
  type Pbes2,
  parseEncryptedKey,
  pbes2Identifier,
} from './pbes2.ts'
import { encodePem, parseOnePem } from './pem.ts'
import { seal, unseal } from './sealed-key.ts'

const LABEL = 'ENCRYPTED PRIVATE KEY'
const RULE = { what: 'the CA key file', labels: [LABEL], maxChars: 64 * 1024 }
const BLOCK_BYTES = 16
const MAC_INFO = 'rekey ca-keystore v1: authentication of the key file'

/**
 * Encrypts a private key as PKCS#8 (`EncryptedPrivateKeyInfo`, PBES2) that stock `openssl pkey` reads.
 *
 * AES-CBC alone does not notice changes: three of four single-bit changes of an RSA key file still load. So the plaintext
 * carries one attribute with an HMAC over the parameters and the key, see {@link seal}; OpenSSL ignores it. The envelope
 * with an AEAD and several passphrases comes with escrow and backup.
 */
export async function encryptKey(key: KeyObject, passphrase: Secret): Promise<string> {
  const parameters: Pbes2 = {
    salt: randomBytes(16),
    iterations: ITERATIONS,
    iv: randomBytes(BLOCK_BYTES),
  }
  const keys = await deriveKeys(passphrase, parameters)
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' })
  const plaintext = seal(pkcs8, (core) => authenticate(keys.mac, parameters, core))
  const cipher = createCipheriv('aes-256-cbc', keys.encryption, parameters.iv)
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  wipe(keys.encryption, keys.mac, pkcs8, plaintext)
  return encodePem(LABEL, encodeEncryptedKey(parameters, ciphertext))
}

/**
 * Opens what {@link encryptKey} wrote. The key derivation runs off the main thread (about 120 ms).
 *
 * @returns undefined for a wrong passphrase or a damaged file, which look the same and cost the same
 * @throws {SecretError} `malformed` or `refused`, before any work
 */
export async function decryptKey(pem: string, passphrase: Secret): Promise<KeyObject | undefined> {
  const { parameters, ciphertext } = parseEncryptedKey(parseOnePem(pem, RULE))
  const keys = await deriveKeys(passphrase, parameters)
  const decipher = createDecipheriv('aes-256-cbc', keys.encryption, parameters.iv)
  decipher.setAutoPadding(false)
  const padded = decipher.update(ciphertext)
  const core = unseal(withoutPadding(padded), (mac, body) =>
    timingSafeEqual(mac, authenticate(keys.mac, parameters, body)),
  )
  const key = core && createPrivateKey({ key: core, format: 'der', type: 'pkcs8' })
  wipe(keys.encryption, keys.mac, padded, ...(core ? [core] : []))
  return key
}

/** The encryption key is the PBKDF2 output itself, so that OpenSSL derives the same; the MAC key is HKDF of it (RFC 5869). */
async function deriveKeys(passphrase: Secret, { salt, iterations }: Pbes2) {
  const password = Buffer.from(passphrase.expose(), 'utf8')
  const encryption = await promisify(pbkdf2)(password, salt, iterations, 32, 'sha256')
  const mac = Buffer.from(hkdfSync('sha256', encryption, Buffer.alloc(0), MAC_INFO, 32))
  wipe(password)
  return { encryption, mac }
}

function authenticate(key: Buffer, parameters: Pbes2, core: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(encodeDer(pbes2Identifier(parameters)))
    .update(core)
    .digest()
}

/** Takes PKCS#7 padding off; bytes that are not padded right become no bytes at all. */
function withoutPadding(padded: Buffer): Buffer {
  const count = padded.at(-1) ?? 0
  const body = padded.subarray(0, padded.length - count)
  const isRight =
    count > 0 &&
    count <= BLOCK_BYTES &&
    padded.subarray(body.length).equals(Buffer.alloc(count, count))
  return isRight ? body : Buffer.alloc(0)
}

function wipe(...buffers: Buffer[]): void {
  for (const buffer of buffers) buffer.fill(0)
}
