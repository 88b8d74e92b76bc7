import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { ifMissing } from '@rekey/secret/internal/files'
import { explained } from './file-errors.ts'

/** In the directory of a keystore: the keys that are known to attackers. */
const WEAK_KEY_FILE = 'weak-keys.bin'

const ENTRY_BYTES = 8
const MAX_BYTES = 64 * 1024 * 1024

/** Whether a number of a key, a modulus or an x coordinate, is on the list. */
export type WeakKeyList = (magnitude: Buffer) => boolean

/**
 * Reads the list of known keys in a keystore, such as those that Debian's OpenSSL made in 2006 to 2008 (CVE-2008-0166): sorted, of each
 * key the first 8 bytes of the SHA-256 of its modulus, or of its x coordinate. A chance hit is one in 2^43 for a million entries.
 *
 * @returns a list without entries if there is no such file
 * @throws {SecretError} `malformed` for entries that are cut or not sorted; `forbidden`, `refused`, `unreachable`
 */
export async function readWeakKeys(directory: string): Promise<WeakKeyList> {
  const path = join(directory, WEAK_KEY_FILE)
  const entries = await readBytes(path)
  if (entries === undefined) return () => false
  for (let at = ENTRY_BYTES; at < entries.length; at += ENTRY_BYTES) {
    if (entries.compare(entries, at, at + ENTRY_BYTES, at - ENTRY_BYTES, at) >= 0) {
      throw malformed(path)
    }
  }
  return (magnitude) => {
    const wanted = createHash('sha256').update(magnitude).digest().subarray(0, ENTRY_BYTES)
    let [low, high] = [0, entries.length / ENTRY_BYTES]
    while (low < high) {
      const middle = (low + high) >> 1
      const at = middle * ENTRY_BYTES
      if (wanted.compare(entries, at, at + ENTRY_BYTES) > 0) low = middle + 1
      else high = middle
    }
    const at = low * ENTRY_BYTES
    return wanted.equals(entries.subarray(at, at + ENTRY_BYTES))
  }
}

async function readBytes(path: string): Promise<Buffer | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  try {
    const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(ifMissing)
    if (file === undefined) return undefined
    try {
      const { size } = await file.stat()
      if (size > MAX_BYTES || size % ENTRY_BYTES !== 0) throw malformed(path)
      return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (error) {
    throw explained(path, error)
  }
}

function malformed(path: string): SecretError {
  const message = `${path} is no sorted list of 8 bytes for each known key, or is longer than ${MAX_BYTES} bytes; put the list there again, or remove the file`
  return new SecretError('malformed', message, { path, reason: 'weak-keys' })
}
