import {
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  generatePrimeSync,
  getDiffieHellman,
  type KeyObject,
} from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  failureOf,
  freshPath,
  newIntermediate,
  newPassphrase,
  openHeld,
  orderFor,
} from '../test/ca.support.ts'
import { integer, sequence, unsigned } from './der.ts'
import type { CaKeystore } from './index.ts'
import { importCa } from './internal.ts'
import { encodePem } from './pem.ts'
import { craft, IDENTIFIERS, rsaSpki } from '../test/request.support.ts'

const CURVES = { 'P-256': ['prime256v1', 32], 'P-384': ['secp384r1', 48] } as const
/** The order of the group of P-256 (FIPS 186-4 §D.1.2.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const WEAK = { code: 'refused', details: { reason: 'weak-key' } }

it.each([
  ['P-256', '1', 1n],
  ['P-256', '2', 2n],
  ['P-256', '1024', 1024n],
  ['P-256', 'n − 1', ORDER - 1n],
  ['P-256', 'n − 2', ORDER - 2n],
  ['P-384', '1', 1n],
  ['P-384', '100', 100n],
] as const)('K43: refuses a key of %s whose private key is %s', async (name, _, scalar) => {
  const { ca } = await newIntermediate()
  const privateKey = ecKey(name, scalar)
  const error = await failureOf(() => ca.issueCertificate(orderFor({ csr: requestOf(privateKey) })))
  expect(error).toMatchObject(WEAK)
  expect(error.message).toContain('tiny number')
})

it('K43: refuses an RSA modulus that is a prime, with proof of possession', async () => {
  const { ca } = await newIntermediate()
  const csr = requestOver(publicPrime('modp14'))
  const error = await failureOf(() => ca.issueCertificate(orderFor({ csr })))
  expect(error).toMatchObject(WEAK)
  expect(error.message).toContain('modulus is a prime')
})

it('K43: refuses a modulus that shares a prime with one it certified, also after a restart', async () => {
  const { ca, directory, passphrase } = await newIntermediate()
  const [shared = 0n, second = 0n] = primesOf(2048, 1024, 1024)
  const [third = 0n] = primesOf(1024, 1024)
  const before = orderFor({ csr: requestOver(shared, second) })
  await ca.issueCertificate(before)
  // The same modulus is the same key.
  await ca.issueCertificate(before)
  const refusedBy = async (by: CaKeystore) => {
    const order = orderFor({ csr: requestOver(shared, third) })
    const error = await failureOf(() => by.issueCertificate(order))
    expect(error).toMatchObject(WEAK)
    expect(error.message).toContain('shares a prime')
  }
  await refusedBy(ca)
  await ca.close()
  await refusedBy(await openHeld({ directory, passphrase }))
})

it('K43: refuses a third prime below 65,536', async () => {
  const { ca } = await newIntermediate()
  const csr = requestOver(...primesOf(2048, 16, 1016, 1016))
  expect(await failureOf(() => ca.issueCertificate(orderFor({ csr })))).toMatchObject(WEAK)
})

it('K43: refuses the keys of a list in the keystore, and a list that is not sorted', async () => {
  const { ca, directory, passphrase } = await newIntermediate()
  const known = [
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ]
  const others = Array.from({ length: 50 }, () =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  )
  const entries = [...known, ...others].map(({ publicKey }) => entryOf(publicKey))
  const path = join(directory, 'weak-keys.bin')
  const sorted = entries.toSorted((a, b) => a.compare(b))
  await writeFile(path, Buffer.concat(sorted), { mode: 0o600 })
  for (const { privateKey } of known) {
    const order = orderFor({ csr: requestOf(privateKey) })
    const error = await failureOf(() => ca.issueCertificate(order))
    expect(error).toMatchObject(WEAK)
    expect(error.message).toContain('a list of keys')
  }
  await ca.issueCertificate(orderFor())
  await writeFile(path, Buffer.concat(sorted.toReversed()))
  const reopened = await openHeld({ directory, passphrase })
  expect(await failureOf(() => reopened.issueCertificate(orderFor()))).toMatchObject({
    code: 'malformed',
    details: { path },
  })
})

it.each([
  ['P-256 with private key 1', () => pemOf(ecKey('P-256', 1n)), 'tiny number'],
  ['a modulus that is a prime', () => pkcs1Of(publicPrime('modp15'), 1n), 'is a prime'],
  ['three primes', () => pkcs1Of(...primesOf(3072, 1024, 1024, 1024)), 'more than two primes'],
] as const)('K43: imports no key of %s', async (_, key, weakness) => {
  const place = { directory: freshPath(), passphrase: newPassphrase() }
  const pem = Buffer.from(key())
  const error = await failureOf(() => importCa({ ...place, key: pem }))
  expect(error.message).toContain(weakness)
  expect(error).toMatchObject(WEAK)
})

function ecKey(name: keyof typeof CURVES, scalar: bigint): KeyObject {
  const [curve, bytes] = CURVES[name]
  const d = Buffer.from(scalar.toString(16).padStart(2 * bytes, '0'), 'hex')
  const ecdh = createECDH(curve)
  ecdh.setPrivateKey(d)
  const point = ecdh.getPublicKey()
  const [x, y] = [point.subarray(1, 1 + bytes), point.subarray(1 + bytes)]
  const part = (value: Buffer) => value.toString('base64url')
  const key = { kty: 'EC', crv: name, x: part(x), y: part(y), d: part(d) }
  return createPrivateKey({ key, format: 'jwk' })
}

function requestOf(privateKey: KeyObject): string {
  const isRsa = privateKey.asymmetricKeyType === 'rsa'
  const identifier = isRsa ? IDENTIFIERS.rsaSha256 : IDENTIFIERS.ecdsaSha256
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return craft({ privateKey, spki, identifier })
}

function pemOf(privateKey: KeyObject): string {
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
}

/** The request of an RSA key that need not have two primes: its signature proves possession (RFC 8017 §8.2). */
function requestOver(...primes: readonly bigint[]): string {
  const { modulus, d } = rsaOf(primes)
  const bytes = modulus.toString(16).length / 2
  let info: Buffer = Buffer.alloc(0)
  return craft({
    spki: rsaSpki(modulus),
    identifier: IDENTIFIERS.rsaSha256,
    infoAfterSigning: (signed) => (info = signed),
    signatureAfterSigning: () => {
      const digest = createHash('sha256').update(info).digest('hex')
      const tail = `003031300d060960864801650304020105000420${digest}`
      const encoded = BigInt(`0x0001${tail.padStart(bytes * 2 - 4, 'f')}`)
      const signature = power(encoded, d, modulus).toString(16)
      return Buffer.from(signature.padStart(bytes * 2, '0'), 'hex')
    },
  })
}

/** `RSAPrivateKey` (RFC 8017 §A.1.2), with as many primes as are given. */
function pkcs1Of(...primes: readonly bigint[]): string {
  const { modulus, d } = rsaOf(primes)
  const [p = 1n, q = 1n, ...others] = primes
  const infos = others.map((r) =>
    sequence(number(r), number(d % (r - 1n)), number(inverse(p * q, r))),
  )
  const parts = [modulus, 65_537n, d, p, q, d % (p - 1n), q > 1n ? d % (q - 1n) : 0n, inverse(q, p)]
  const more = infos.length > 0 ? [sequence(...infos)] : []
  const der = sequence(integer(infos.length > 0 ? 1 : 0), ...parts.map(number), ...more)
  return encodePem('RSA PRIVATE KEY', der)
}

function number(value: bigint): Buffer {
  const hex = value.toString(16)
  return integer(unsigned(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')))
}

function rsaOf(primes: readonly bigint[]) {
  const order = primes.reduce((product, p) => product * (p > 1n ? p - 1n : 1n), 1n)
  return { modulus: primes.reduce((product, p) => product * p, 1n), d: inverse(65_537n, order) }
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n]
  while (a > 1n && b > 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y]
  return ((x % modulus) + modulus) % modulus
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus
    if (bit === '1') result = (result * base) % modulus
  }
  return result
}

/** Primes of which the product has `bits` bits; of each, one less is no multiple of the exponent. */
function primesOf(bits: number, ...factors: readonly [number, ...number[]]): bigint[] {
  for (;;) {
    const primes = factors.map((length) => generatePrimeSync(length, { bigint: true }))
    const product = primes.reduce((all, one) => all * one, 1n)
    if (product.toString(2).length === bits && primes.every((p) => p % 65_537n !== 1n)) {
      return primes
    }
  }
}

/** A prime of 2048 or 3072 bits (RFC 3526). */
function publicPrime(group: 'modp14' | 'modp15'): bigint {
  return BigInt(`0x${getDiffieHellman(group).getPrime('hex')}`)
}

/** An entry of a list of known keys. */
function entryOf(publicKey: KeyObject): Buffer {
  const { x, n } = publicKey.export({ format: 'jwk' })
  return createHash('sha256')
    .update(Buffer.from(x ?? n ?? '', 'base64url'))
    .digest()
    .subarray(0, 8)
}
