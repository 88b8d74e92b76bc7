import { hkdfSync, scrypt } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import type { Slot } from './envelope-text.ts'

/** Opens one slot: the bytes of a passphrase, or a random secret of 32 bytes. */
export type Opening =
  | { readonly slot: string; readonly passphrase: Buffer }
  | { readonly slot: string; readonly secret: Buffer }

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
  return undefined
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
