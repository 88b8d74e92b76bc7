import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import {
  checkCosts,
  deriveSlotKey,
  newRecipientSlot,
  type Opening,
  SCRYPT,
  type Sealing,
} from './derive-key.ts'
import {
  associatedData,
  encodeEnvelope,
  type Envelope,
  type EnvelopeIdentity,
  type KeyIdentity,
  parseEnvelope,
  sealedText,
  type Slot,
} from './envelope-text.ts'

/** An envelope that was opened. The caller wipes `pkcs8`. */
interface OpenedKey {
  readonly identity: EnvelopeIdentity
  /** `PrivateKeyInfo` (RFC 5958) as DER. */
  readonly pkcs8: Buffer
}

const CIPHER = 'aes-256-gcm'
const [KEY_BYTES, SALT_BYTES, NONCE_BYTES, TAG_BYTES] = [32, 32, 12, 16]

/**
 * Encrypts a private key for one or more openings or public keys, as LUKS does: a random data key encrypts the key, and each slot holds the data
 * key, encrypted with what one passphrase or secret gives. The page `docs/reference/ca-key-envelope.md` describes the format.
 *
 * @param pkcs8 `PrivateKeyInfo` as DER; wiped by the caller
 * @returns the text of the envelope
 */
export async function sealEnvelope(
  pkcs8: Buffer,
  identity: KeyIdentity,
  sealings: readonly Sealing[],
): Promise<string> {
  const dataKey = randomBytes(KEY_BYTES)
  try {
    const encryption = deriveKey(dataKey, 'key')
    const commitment = base64(deriveKey(dataKey, 'commitment'))
    const committed = { ...identity, commitment }
    const slots = await Promise.all(sealings.map((one) => wrap(dataKey, committed, one)))
    const nonce = randomBytes(NONCE_BYTES)
    const ciphertext = encrypt(encryption, nonce, pkcs8, associatedData(committed))
    wipe(encryption)
    return seal(dataKey, { identity: committed, slots, body: { nonce: base64(nonce), ciphertext } })
  } finally {
    wipe(dataKey)
  }
}

/**
 * Opens an envelope by one of its slots.
 *
 * @returns undefined for a wrong passphrase, an absent slot or a damaged text, which cost the same
 * @throws {SecretError} `malformed` or `refused`, before any work
 */
export async function openEnvelope(text: string, opening: Opening): Promise<OpenedKey | undefined> {
  return withDataKey(text, opening, (envelope, dataKey) => {
    const { identity, body } = envelope
    const encryption = deriveKey(dataKey, 'key')
    const nonce = Buffer.from(body.nonce, 'base64')
    const pkcs8 = decrypt(encryption, nonce, body.ciphertext, associatedData(identity))
    wipe(encryption)
    return pkcs8 && { identity, pkcs8 }
  })
}

/**
 * Writes an envelope anew with one more slot, or another passphrase in a slot, without touching the key. A copy of the old text
 * still opens with the old passphrase.
 *
 * @returns undefined as {@link openEnvelope}
 */
export async function replaceSlot(
  text: string,
  opening: Opening,
  replacement: Sealing,
): Promise<string | undefined> {
  return withDataKey(text, opening, async (envelope, dataKey) => {
    const slot = await wrap(dataKey, envelope.identity, replacement)
    const at = envelope.slots.findIndex((one) => one.slot === slot.slot)
    const slots = at === -1 ? [...envelope.slots, slot] : envelope.slots.with(at, slot)
    return seal(dataKey, { ...envelope, slots })
  })
}

async function withDataKey<T>(
  text: string,
  opening: Opening,
  use: (envelope: Envelope, dataKey: Buffer) => T | Promise<T>,
): Promise<T | undefined> {
  const envelope = parseEnvelope(text)
  checkCosts(envelope.slots)
  const dataKey = await unwrap(envelope, opening)
  if (dataKey === undefined) return undefined
  try {
    return isAuthentic(envelope, dataKey) ? await use(envelope, dataKey) : undefined
  } finally {
    wipe(dataKey)
  }
}

async function wrap(dataKey: Buffer, identity: EnvelopeIdentity, sealing: Sealing): Promise<Slot> {
  const nonce = randomBytes(NONCE_BYTES)
  const common = { salt: base64(randomBytes(SALT_BYTES)), nonce: base64(nonce), wrapped: '' }
  const { slot, key } = await newSlot(sealing, common)
  if (key === undefined) throw new TypeError('a slot is made for its own opening')
  const wrapped = encrypt(key, nonce, dataKey, associatedData(identity, slot))
  wipe(key)
  return { ...slot, wrapped }
}

async function newSlot(sealing: Sealing, common: Pick<Slot, 'salt' | 'nonce' | 'wrapped'>) {
  const { slot: name } = sealing
  if ('recipient' in sealing) return newRecipientSlot(name, sealing.recipient, common)
  const slot: Slot =
    'passphrase' in sealing
      ? { slot: name, kdf: 'scrypt', ...SCRYPT, ...common }
      : { slot: name, kdf: 'hkdf-sha256', ...common }
  return { slot, key: await deriveSlotKey(slot, sealing) }
}

async function unwrap(envelope: Envelope, opening: Opening): Promise<Buffer | undefined> {
  const slot = envelope.slots.find((one) => one.slot === opening.slot)
  if (slot === undefined) return undefined
  const key = await deriveSlotKey(slot, opening)
  if (key === undefined) return undefined
  const nonce = Buffer.from(slot.nonce, 'base64')
  const dataKey = decrypt(key, nonce, slot.wrapped, associatedData(envelope.identity, slot))
  wipe(key)
  return dataKey
}

function isAuthentic(envelope: Envelope, dataKey: Buffer): boolean {
  const commitment = deriveKey(dataKey, 'commitment')
  const stated = Buffer.from(envelope.identity.commitment, 'base64')
  return (
    timingSafeEqual(commitment, stated) && timingSafeEqual(macOf(envelope, dataKey), envelope.mac)
  )
}

function seal(dataKey: Buffer, parts: Omit<Envelope, 'mac'>): string {
  return encodeEnvelope({ ...parts, mac: macOf(parts, dataKey) })
}

function macOf(parts: Omit<Envelope, 'mac'>, dataKey: Buffer): Buffer {
  const key = deriveKey(dataKey, 'file')
  const mac = createHmac('sha256', key).update(sealedText(parts)).digest()
  wipe(key)
  return mac
}

/** A key of its own for each use (RFC 5869 §3.2). */
function deriveKey(dataKey: Buffer, use: 'key' | 'commitment' | 'file'): Buffer {
  return Buffer.from(hkdfSync('sha256', dataKey, '', `rekey ca-key 1: ${use}`, KEY_BYTES))
}

function encrypt(key: Buffer, nonce: Buffer, plaintext: Buffer, aad: Buffer): string {
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(aad)
  return base64(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]))
}

function decrypt(key: Buffer, nonce: Buffer, text: string, aad: Buffer): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  const tag = bytes.subarray(bytes.length - TAG_BYTES)
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(aad).setAuthTag(tag)
  const plaintext = decipher.update(bytes.subarray(0, bytes.length - TAG_BYTES))
  try {
    decipher.final()
    return plaintext
  } catch {
    wipe(plaintext)
    return undefined
  }
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64')
}

function wipe(...buffers: readonly Buffer[]): void {
  for (const buffer of buffers) buffer.fill(0)
}
