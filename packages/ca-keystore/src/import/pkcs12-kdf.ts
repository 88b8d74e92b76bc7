import { createHash } from 'node:crypto'
import { costly } from './import-errors.ts'

/** Parameters of {@link derivePkcs12}. */
interface Pkcs12Kdf {
  readonly use: 'key' | 'iv' | 'mac'
  /** Bytes to derive. */
  readonly length: number
  readonly salt: Buffer
  readonly iterations: number
  /** By its name in OpenSSL. */
  readonly digest: string
}

/** The diversifiers of RFC 7292 appendix B.3. */
const IDS = { key: 1, iv: 2, mac: 3 } as const

/** It runs on the main thread, at about two microseconds an iteration. */
const MAX_ITERATIONS = 1_000_000

/**
 * Derives bytes as PKCS#12 did before PBES2 (RFC 7292 appendix B.2). Kept to read old files: nothing is written with it.
 *
 * @param passphrase UTF-8; hashed as UTF-16 with two bytes of zero at its end (appendix B.1)
 * @throws {SecretError} `refused` for more than a million iterations
 */
export function derivePkcs12(passphrase: Buffer, kdf: Pkcs12Kdf): Buffer {
  const { use, length, salt, iterations, digest } = kdf
  if (iterations > MAX_ITERATIONS) throw costly()
  const block = ['sha384', 'sha512'].includes(digest) ? 128 : 64
  const text = Buffer.from(`${passphrase.toString('utf8')}\0`, 'utf16le').swap16()
  const input = Buffer.concat([repeated(salt, block), repeated(text, block)])
  text.fill(0)
  const output: Buffer[] = []
  for (let size = 0; size < length;) {
    let hash = createHash(digest).update(Buffer.alloc(block, IDS[use])).update(input).digest()
    for (let round = 1; round < iterations; round += 1) {
      hash = createHash(digest).update(hash).digest()
    }
    addToBlocks(input, repeated(hash, block).subarray(0, block))
    output.push(hash)
    size += hash.length
  }
  input.fill(0)
  return Buffer.concat(output).subarray(0, length)
}

/** `bytes` again and again, up to a whole number of blocks. */
function repeated(bytes: Buffer, block: number): Buffer {
  return Buffer.alloc(Math.ceil(bytes.length / block) * block, bytes)
}

/** Adds a number and one to each block, which overflows silently. */
function addToBlocks(input: Buffer, addend: Buffer): void {
  for (let start = 0; start < input.length; start += addend.length) {
    let carry = 1
    for (let at = addend.length - 1; at >= 0; at -= 1) {
      carry += (input[start + at] ?? 0) + (addend[at] ?? 0)
      input[start + at] = carry & 0xff
      carry >>= 8
    }
  }
}
