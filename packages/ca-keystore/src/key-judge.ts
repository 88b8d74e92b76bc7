import { checkPrime } from 'node:crypto'
import { promisify } from 'node:util'
import type { CaCertificate } from './ca-certificate.ts'
import { readDer } from './der-reader.ts'
import { createIssuedModuli, modulusOf } from './issued-moduli.ts'
import { type SubjectKey, weakKey } from './subject-key.ts'
import { readWeakKeys, type WeakKeyList } from './weak-key-list.ts'

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
