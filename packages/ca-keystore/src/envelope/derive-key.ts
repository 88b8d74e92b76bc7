import { generateKeyPairSync, hkdfSync, type KeyObject, scrypt } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import type { Slot } from './envelope-text.ts'
import { agree, rawPublicKey, x25519PublicKey } from './x25519.ts'

/** Opens one slot: the bytes of a passphrase, or a random secret of 32 bytes, which is an X25519 key for a slot of a public key. */
export type Opening =
  | { readonly slot: string; readonly passphrase: Buffer }
  | { readonly slot: string; readonly secret: Buffer }

/** Makes one slot: an opening, or the X25519 public key of one. */
export type Sealing = Opening | { readonly slot: string; readonly recipient: Buffer }

/**
 * The cost that is written: 128 MiB and about 400 ms. OWASP Password Storage Cheat Sheet: "scrypt … N=2^17, r=8, p=1".
 */
export const SCRYPT = { n: 2 ** 17, r: 8, p: 1 } as const

/** Beyond these a file would take more than 1 GiB, or minutes. */
const MAX_N = 2 ** 20
const MAX_P = 4
const HASHED_BYTES = 128
const SPARE_BYTES = 1024 * 1024
const KEY_BYTES = 32
const INFO = 'rekey ca-key 1: slot'

/**
 * Checks the cost of key derivation of every slot, before any work is done and whichever slot is to be opened.
 *
 * @throws {SecretError} `refused`, `kdf-policy`
 */
export function checkCosts(slots: readonly Slot[]): void {
  if (slots.every(isAffordable)) return
  throw new SecretError(
    'refused',
    `the cost of key derivation in the CA key file is out of bounds (scrypt with N from ${SCRYPT.n} to ${MAX_N}, r ${SCRYPT.r}, p from ` +
      `1 to ${MAX_P}); restore the file from a backup`,
    { reason: 'kdf-policy' },
  )
}

function isAffordable(slot: Slot): boolean {
  if (slot.kdf !== 'scrypt') return true
  const { n, r, p } = slot
  const isPowerOfTwo = Number.isInteger(Math.log2(n))
  return isPowerOfTwo && n >= SCRYPT.n && n <= MAX_N && r === SCRYPT.r && [1, 2, 3, 4].includes(p)
}

/**
 * Derives the key that the data key of a slot is encrypted with; scrypt runs off the main thread. The caller wipes it.
 *
 * @returns undefined if the opening is of another kind than the slot: a passphrase never opens a slot that costs nothing
 */
export async function deriveSlotKey(slot: Slot, opening: Opening): Promise<Buffer | undefined> {
  const salt = Buffer.from(slot.salt, 'base64')
  if (slot.kdf === 'scrypt' && 'passphrase' in opening) {
    return scryptOf(opening.passphrase, salt, slot)
  }
  if (slot.kdf === 'hkdf-sha256' && 'secret' in opening) {
    return Buffer.from(hkdfSync('sha256', opening.secret, salt, INFO, KEY_BYTES))
  }
  if (slot.kdf === 'x25519-hkdf-sha256' && 'secret' in opening) {
    const isRecipient = x25519PublicKey(opening.secret).toString('base64') === slot.recipient
    return isRecipient ? agreedKey(slot, opening.secret, slot.ephemeral) : undefined
  }
  return undefined
}

/** A new slot for a public key, without what it wraps, and the key that its data key is encrypted with. The caller wipes the key. */
export function newRecipientSlot(
  name: string,
  recipient: Buffer,
  common: Pick<Slot, 'salt' | 'nonce' | 'wrapped'>,
): { readonly slot: Slot; readonly key: Buffer | undefined } {
  const { privateKey, publicKey } = generateKeyPairSync('x25519')
  const [to, ephemeral] = [recipient, rawPublicKey(publicKey)].map((one) => one.toString('base64'))
  const keys = { recipient: to ?? '', ephemeral: ephemeral ?? '' }
  const slot = { slot: name, kdf: 'x25519-hkdf-sha256', ...keys, ...common } as const
  return { slot, key: agreedKey(slot, privateKey, slot.recipient) }
}

/** Binds both public keys, as the DHKEM of RFC 9180 §4.1 does. */
function agreedKey(
  { ephemeral, recipient, salt }: Extract<Slot, { kdf: 'x25519-hkdf-sha256' }>,
  own: Buffer | KeyObject,
  other: string,
): Buffer | undefined {
  const shared = agree(own, Buffer.from(other, 'base64'))
  if (shared === undefined) return undefined
  const bound = [ephemeral, recipient].map((one) => Buffer.from(one, 'base64'))
  const info = Buffer.concat([Buffer.from(INFO), ...bound])
  const key = hkdfSync('sha256', shared, Buffer.from(salt, 'base64'), info, KEY_BYTES)
  shared.fill(0)
  return Buffer.from(key)
}

function scryptOf(
  passphrase: Buffer,
  salt: Buffer,
  { n, r, p }: { n: number; r: number; p: number },
): Promise<Buffer> {
  const maxmem = HASHED_BYTES * r * (n + p) + SPARE_BYTES
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, KEY_BYTES, { N: n, r, p, maxmem }, (error, key) => {
      if (error === null) resolve(key)
      else reject(outOfMemory())
    })
  })
}

function outOfMemory(): SecretError {
  const message = 'there is not enough memory to open the CA key (128 MiB and more); free some'
  return new SecretError('unreachable', message, { reason: 'memory' })
}
