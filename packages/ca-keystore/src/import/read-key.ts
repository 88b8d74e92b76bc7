import { createHash, createPrivateKey, type KeyObject } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { notOpened, unreadable, unsupported, WHAT } from './import-errors.ts'
import { decryptCbc, decryptPbes } from './pbes.ts'
import { readPkcs12 } from './pkcs12.ts'
import { readForeignDer } from './read-foreign-der.ts'

/** The form of a key before it was imported. */
export interface KeySource {
  readonly format: 'pkcs8' | 'pkcs12' | 'traditional'
  /** Whether a passphrase protected it. */
  readonly isEncrypted: boolean
}

/** A key that was read, and the certificates that came with it. */
interface ReadKey {
  readonly privateKey: KeyObject
  /** DER. */
  readonly certificates: readonly Buffer[]
  readonly source: KeySource
}

const MAX_BYTES = 256 * 1024
const BEGIN = '-----BEGIN '
const HEAD = /^-----BEGIN ([A-Z0-9 ]{1,40})-----\r?\n/
const BODY = /^((?:[A-Za-z0-9+/=]{1,76}\r?\n)+)-----END ([A-Z0-9 ]{1,40})-----\s*$/
const DEK_INFO =
  /^Proc-Type: 4,ENCRYPTED\r?\nDEK-Info: ([A-Z0-9-]{1,32}),([0-9A-F]{16,32})\r?\n\r?\n/
const SEQUENCE = 0x30
const [PFX_VERSION, INTEGER] = [3, 0x02]

/** By the label of a PEM block: its form. */
const LABELS: Readonly<Record<string, 'pkcs8' | 'pkcs1' | 'sec1'>> = {
  'PRIVATE KEY': 'pkcs8',
  'RSA PRIVATE KEY': 'pkcs1',
  'EC PRIVATE KEY': 'sec1',
}

/** By the name in `DEK-Info` (RFC 1421 §4.6.1.3, and OpenSSL): the cipher and the bytes of its key. */
const DEK_CIPHERS: Readonly<Record<string, readonly [string, number]>> = {
  'AES-128-CBC': ['aes-128-cbc', 16],
  'AES-192-CBC': ['aes-192-cbc', 24],
  'AES-256-CBC': ['aes-256-cbc', 32],
  'DES-EDE3-CBC': ['des-ede3-cbc', 24],
}

/**
 * Reads a private key in any form that a CA may have it in: PKCS#8 in PEM or DER, plain or with PBES2; PKCS#12; traditional PEM, plain or
 * with `DEK-Info`. The bytes of a plain key become no text of JavaScript, which could not be wiped.
 *
 * @throws {SecretError} `missing` without the passphrase of an encrypted one; `rejected` for a wrong passphrase or damage; `refused` for
 *   weak encryption or a cost out of bounds; `malformed`
 */
export async function readKey(bytes: Buffer, passphrase?: Buffer): Promise<ReadKey> {
  if (bytes.length > MAX_BYTES) throw unreadable('is longer than 256 KiB')
  try {
    return await readForm(bytes, passphrase)
  } catch (error) {
    const isDer = error instanceof SecretError && error.code === 'malformed'
    if (isDer && error.details['reason'] === undefined) throw unreadable('is no strict DER')
    throw error
  }
}

async function readForm(bytes: Buffer, passphrase?: Buffer): Promise<ReadKey> {
  if (bytes[0] === SEQUENCE) return readBinary(bytes, passphrase)
  const label = HEAD.exec(bytes.subarray(0, 80).toString('latin1'))?.[1] ?? ''
  const hasOneBlock = bytes.lastIndexOf(BEGIN) === 0
  if (!hasOneBlock) throw unreadable('is not one PEM block')
  if (label === 'ENCRYPTED PRIVATE KEY') return readEncrypted(blockOf(bytes, label), passphrase)
  const form = LABELS[label]
  if (form === undefined) throw unreadable('has a PEM block of another kind')
  const isEncrypted = form !== 'pkcs8' && bytes.includes('\nProc-Type:')
  const format = form === 'pkcs8' ? 'pkcs8' : 'traditional'
  const privateKey = isEncrypted
    ? readTraditional(bytes, form, passphrase)
    : plainKey({ key: bytes, format: 'pem' })
  return { privateKey, certificates: [], source: { format, isEncrypted } }
}

async function readBinary(der: Buffer, passphrase?: Buffer): Promise<ReadKey> {
  const start = (der[1] ?? 0) < 0x80 ? 2 : 2 + ((der[1] ?? 0) & 0x7f)
  if (der[start] === SEQUENCE) return readEncrypted(der, passphrase)
  const isPfx = der[start] === INTEGER && der[start + 2] === PFX_VERSION
  if (!isPfx) {
    const privateKey = plainKey({ key: der, format: 'der', type: 'pkcs8' })
    return { privateKey, certificates: [], source: { format: 'pkcs8', isEncrypted: false } }
  }
  const { pkcs8, certificates } = await readPkcs12(der, needed(passphrase))
  const privateKey = decryptedKey(pkcs8, 'pkcs8')
  return { privateKey, certificates, source: { format: 'pkcs12', isEncrypted: true } }
}

/** `EncryptedPrivateKeyInfo` (RFC 5958 §3). */
async function readEncrypted(der: Buffer, passphrase?: Buffer): Promise<ReadKey> {
  const parts = readForeignDer(der).sequence(2, 2)
  const pkcs8 = await decryptPbes(parts.at(0), parts.at(1).octets(), needed(passphrase))
  const privateKey = decryptedKey(pkcs8, 'pkcs8')
  return { privateKey, certificates: [], source: { format: 'pkcs8', isEncrypted: true } }
}

function readTraditional(bytes: Buffer, form: 'pkcs1' | 'sec1', passphrase?: Buffer): KeyObject {
  const text = bytes.toString('latin1')
  const [dek, name = '', ivHex = ''] = DEK_INFO.exec(text.replace(HEAD, '')) ?? []
  if (dek === undefined) throw unreadable('has headers that are not those of an encrypted key')
  const cipher = DEK_CIPHERS[name]
  if (cipher === undefined)
    throw unsupported('is encrypted with a cipher that is broken or unknown')
  const iv = Buffer.from(ivHex, 'hex')
  const label = form === 'pkcs1' ? 'RSA PRIVATE KEY' : 'EC PRIVATE KEY'
  const ciphertext = blockOf(bytes, label, dek)
  const key = deriveOnce(needed(passphrase), iv.subarray(0, 8), cipher[1])
  return decryptedKey(decryptCbc(cipher, key, iv, ciphertext), form)
}

/** One round of MD5 (`EVP_BytesToKey`): no cost at all, so such a key is only read to be encrypted anew. */
function deriveOnce(passphrase: Buffer, salt: Buffer, length: number): Buffer {
  let [key, last] = [Buffer.alloc(0), Buffer.alloc(0)]
  while (key.length < length) {
    last = createHash('md5').update(last).update(passphrase).update(salt).digest()
    key = Buffer.concat([key, last])
  }
  return key.subarray(0, length)
}

/** The content of the one PEM block, without `headers`. Encrypted, so it may become text. */
function blockOf(bytes: Buffer, label: string, headers = ''): Buffer {
  const text = bytes.toString('latin1').replace(HEAD, '').replace(headers, '')
  const [, body = '', end] = BODY.exec(text) ?? []
  const base64 = body.replaceAll(/\s/g, '')
  const der = Buffer.from(base64, 'base64')
  if (end !== label || der.toString('base64') !== base64) throw unreadable('is no whole PEM block')
  return der
}

function needed(passphrase: Buffer | undefined): Buffer {
  if (passphrase !== undefined) return passphrase
  const message = `${WHAT} is encrypted; give its passphrase`
  throw new SecretError('missing', message, { reason: 'passphrase' })
}

type KeyInput = Parameters<typeof createPrivateKey>[0]

function plainKey(input: KeyInput): KeyObject {
  try {
    return createPrivateKey(input)
  } catch {
    throw unreadable('has no private key that can be read')
  }
}

/** Wipes the bytes: of the key, OpenSSL then has the one copy. */
function decryptedKey(der: Buffer, type: 'pkcs8' | 'pkcs1' | 'sec1'): KeyObject {
  try {
    return createPrivateKey({ key: der, format: 'der', type })
  } catch {
    throw notOpened()
  } finally {
    der.fill(0)
  }
}
