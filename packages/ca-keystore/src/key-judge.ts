import { checkPrime, createHash, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import type { CaCertificate } from './ca-certificate.ts'
import { readDer } from './der-reader.ts'
import { type SubjectKey, weakKey } from './subject-key.ts'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { ifMissing } from '@rekey/secret/internal/files'
import { explained } from './file-errors.ts'
import { listSegments, readSegment } from './record/read-segment.ts'
import { greatestCommonDivisor, productOf } from './rsa-weakness.ts'

const isPrime = promisify(checkPrime)

/** Judges the keys of one CA by what a look at the key alone does not show. */
export interface KeyJudge {
  /**
   * Refuses a key that is on the list of known keys, an RSA modulus that is a prime, and one that shares a prime with one that the CA has certified.
   *
   * @throws {SecretError} `refused` with the reason `weak-key`; errors of the record or the list
   */
  check(key: SubjectKey): Promise<void>
  /** Adds a key that was certified. */
  certified(key: SubjectKey): void
}

/** Creates the judge of the keys of a CA. The list and the record are read with the first key that they concern. */
export function createKeyJudge(place: {
  readonly directory: string
  readonly ca: Pick<CaCertificate, 'authorities'>
}): KeyJudge {
  const { directory, ca } = place
  const own = ca.authorities.flatMap(({ publicKey }) => modulusOf(publicKey) ?? [])
  const moduli = createIssuedModuli(directory, own)
  let isKnown: WeakKeyList | undefined
  return {
    async check(key) {
      isKnown ??= await readWeakKeys(directory)
      if (isKnown(magnitudeOf(key))) throw weakKey('it is on a list of keys that attackers have')
      if (key.type !== 'rsa') return
      await checkModulus(key)
      if (await moduli.sharesPrime(modulusIn(key))) {
        throw weakKey('it shares a prime with another key, so that both are broken')
      }
    },
    certified(key) {
      if (key.type === 'rsa') moduli.add(modulusIn(key))
    },
  }
}

/** Each test waits for the one before: those of hostile primes, 0.1 to 0.4 s each, so take one thread of the pool that signs too. */
let turn: Promise<unknown> = Promise.resolve()

/**
 * Refuses an RSA key whose modulus is a prime, whose private key follows from the public one. OpenSSL imports it as a key like any other.
 *
 * @throws {SecretError} `refused` with the reason `weak-key`
 */
export async function checkModulus(key: SubjectKey): Promise<void> {
  if (key.type !== 'rsa') return
  const modulus = modulusIn(key)
  const tested = turn.then(() => isPrime(modulus))
  turn = tested.catch(() => undefined)
  if (await tested) throw weakKey('its modulus is a prime')
}

function modulusIn({ bits }: SubjectKey): bigint {
  return readDer(bits, 'the key').sequence(2, 2).at(0).integer()
}

/** The number that lists of known keys are made of: a modulus without leading zero, an x coordinate, or the point of Ed25519. */
function magnitudeOf({ type, bits }: SubjectKey): Buffer {
  if (type === 'rsa') return readDer(bits, 'the key').sequence(2, 2).at(0).magnitude()
  return type === 'ec' ? bits.subarray(1, 1 + (bits.length >> 1)) : bits
}

/** In the directory of a keystore: the keys that are known to attackers. */
const WEAK_KEY_FILE = 'weak-keys.bin'

const ENTRY_BYTES = 8
const MAX_BYTES = 64 * 1024 * 1024

/** Whether a number of a key, a modulus or an x coordinate, is on the list. */
type WeakKeyList = (magnitude: Buffer) => boolean

/**
 * Reads the list of known keys in a keystore, such as those that Debian's OpenSSL made in 2006 to 2008 (CVE-2008-0166): sorted, of each
 * key the first 8 bytes of the SHA-256 of its modulus, or of its x coordinate. A chance hit is one in 2^43 for a million entries.
 *
 * @returns a list without entries if there is no such file
 * @throws {SecretError} `malformed` for entries that are cut or not sorted; `forbidden`, `refused`, `unreachable`
 */
async function readWeakKeys(directory: string): Promise<WeakKeyList> {
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

/** Moduli multiplied into one number: of the last ones, a product of its own is not due yet. */
const CHUNK = 64
/** 4,096 moduli of 2048 bits cost about 5 ms for each new key; older ones are left out. */
const MOST_CHUNKS = 64
/** Certificates read from the record at most, the newest first. */
const MOST_READ = 10_000

/**
 * The RSA moduli that a CA has certified, to find one that shares a prime with a new one: the greatest common divisor of both is that prime
 * (Heninger et al., "Mining Your Ps and Qs", 2012). Both keys are then broken.
 */
interface IssuedModuli {
  /** Whether a modulus shares a prime with another one. The same modulus again is the same key. */
  sharesPrime(modulus: bigint): Promise<boolean>
  add(modulus: bigint): void
}

/**
 * Creates the moduli of a CA. The record of its keystore is read with the first question.
 *
 * @param own moduli of the CAs of its chain
 */
function createIssuedModuli(directory: string, own: readonly bigint[]): IssuedModuli {
  const known = new Set<bigint>()
  const products: bigint[] = []
  let last: bigint[] = []
  let reading: Promise<void> | undefined
  const add = (modulus: bigint) => {
    if (known.has(modulus)) return
    known.add(modulus)
    last.push(modulus)
    if (last.length < CHUNK) return
    products.push(productOf(last))
    last = []
    if (products.length > MOST_CHUNKS) products.shift()
  }
  const read = async () => {
    for (const modulus of [...own, ...(await readModuli(directory))]) add(modulus)
  }
  const readOnce = async () => {
    try {
      await (reading ??= read())
    } catch (error) {
      reading = undefined
      throw error
    }
  }
  return {
    async sharesPrime(modulus) {
      await readOnce()
      if (known.has(modulus)) return false
      const rest = [...products, ...last].reduce(
        (product, one) => (product * (one % modulus)) % modulus,
        1n,
      )
      return greatestCommonDivisor(modulus, rest) !== 1n
    },
    add,
  }
}

/** The oldest first. */
async function readModuli(directory: string): Promise<bigint[]> {
  const certificates: string[] = []
  for (const path of (await listSegments(directory, 'issued')).toReversed()) {
    const { lines } = await readSegment(path)
    certificates.push(
      ...lines.flatMap((line) => ('signed' in line ? [line.certificate] : [])).toReversed(),
    )
    if (certificates.length >= MOST_READ) break
  }
  return certificates
    .slice(0, MOST_READ)
    .flatMap((pem) => modulusOf(new X509Certificate(pem).publicKey) ?? [])
    .toReversed()
}

/** The modulus of an RSA key. @returns `undefined` for a key of another kind */
function modulusOf(
  key: Pick<X509Certificate['publicKey'], 'asymmetricKeyType' | 'export'>,
): bigint | undefined {
  if (key.asymmetricKeyType !== 'rsa') return undefined
  const pkcs1 = key.export({ format: 'der', type: 'pkcs1' })
  return readDer(pkcs1, 'the key').sequence(2, 2).at(0).integer()
}
