import {
  createPublicKey,
  generateKeyPairSync,
  checkPrimeSync,
  generatePrimeSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { expect, it } from 'vitest'
import { failureOf } from '../test/ca.support.ts'
import { bits, oid, sequence } from './der.ts'
import { readDer } from './der-reader.ts'
import { parseSigningRequest } from './index.ts'
import { craft, p256Spki, rsaSpki } from '../test/request.support.ts'
import { parseSubjectKey } from './subject-key.ts'

const KIND = 'its kind or curve is not accepted'
const LENGTH = 'its length is not 2048 to 4096 bits'
const POINT = 'its point is not a whole, uncompressed one'
const CURVE = 'it is not a valid key of its kind'
const SMALL_ORDER = 'its point is of small order'

const ecKey = (namedCurve: string) => () => spki(generateKeyPairSync('ec', { namedCurve }))
const rsaKey = (modulusLength: number, publicExponent: number) => () =>
  spki(generateKeyPairSync('rsa', { modulusLength, publicExponent }))

const weakKeys: Record<string, readonly [spki: () => Buffer, weakness: string]> = {
  'RSA-1024': [rsaKey(1024, 65_537), LENGTH],
  'RSA with e = 3': [rsaKey(2048, 3), 'its exponent is not 65537'],
  'RSA of 16,384 bits': [() => rsaSpki(oddOf(16_384)), LENGTH],
  'RSA of 2,049 bits': [() => rsaSpki(oddOf(2049)), LENGTH],
  'an RSA modulus with the factor 251': [() => rsaSpki(multipleOf251()), 'small factor'],
  'a square as RSA modulus': [() => rsaSpki(prime() ** 2n), 'too close to each other'],
  'RSA primes close to each other': [() => rsaSpki(closeProduct()), 'too close to each other'],
  'an RSA modulus with the fingerprint of ROCA': [() => rsaSpki(rocaLike()), 'ROCA'],
  secp256k1: [ecKey('secp256k1'), KIND],
  brainpoolP256r1: [ecKey('brainpoolP256r1'), KIND],
  'P-521': [ecKey('P-521'), KIND],
  'explicit curve parameters': [
    () => spki(generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' })),
    KIND,
  ],
  'a point off the curve': [() => p256Spki(point(4, randomBytes(64))), CURVE],
  'a P-256 point under the name of P-384': [
    () => withIdentifier('301006072a8648ce3d020106052b81040022', ecKey('P-256')()),
    POINT,
  ],
  'a P-384 point under the name of P-256': [
    () => withIdentifier('301306072a8648ce3d020106082a8648ce3d030107', ecKey('P-384')()),
    POINT,
  ],
  'the point at infinity': [() => p256Spki(Buffer.from([0])), POINT],
  'a coordinate above the prime': [() => p256Spki(point(4, Buffer.alloc(64, 0xff))), CURVE],
  'a compressed point': [() => p256Spki(point(2, randomBytes(32))), POINT],
  'an Ed25519 point of small order': [() => edSpki(Buffer.alloc(32)), SMALL_ORDER],
  'an Ed25519 point of order 8 with its sign bit': [
    () =>
      edSpki(
        Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85', 'hex'),
      ),
    SMALL_ORDER,
  ],
  X25519: [() => spki(generateKeyPairSync('x25519')), KIND],
  DSA: [() => spki(generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })), KIND],
}

it.each(Object.entries(weakKeys))(
  'K18: refuses %s, quickly and before it verifies anything',
  async (_, [key, weakness]) => {
    const pem = craft({ spki: key() })
    const start = performance.now()
    const error = await failureOf(() => parseSigningRequest(pem))
    expect(performance.now() - start).toBeLessThan(3000)
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'weak-key' } })
    expect(error.message).toContain(weakness)
  },
)

it.each([
  ['P-256', ecKey('P-256')],
  ['P-384', ecKey('P-384')],
  ['Ed25519', () => spki(generateKeyPairSync('ed25519'))],
  ['RSA-2048', rsaKey(2048, 65_537)],
] as const)('a %s key is the one that OpenSSL reads from the same bytes', (_, make) => {
  const bytes = make()
  const { publicKey } = parseSubjectKey(readDer(bytes, 'it'), 'it')
  expect(publicKey.equals(createPublicKey({ key: bytes, format: 'der', type: 'spki' }))).toBe(true)
})

function withIdentifier(hex: string, key: Buffer): Buffer {
  const point = readDer(key, 'it').sequence().at(1).der()
  return sequence(Buffer.from(hex, 'hex'), point)
}

function spki({ publicKey }: { publicKey: KeyObject }): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' })
}

function edSpki(bytes: Buffer): Buffer {
  return sequence(sequence(oid('1.3.101.112')), bits(bytes))
}

function point(form: number, coordinates: Buffer): Buffer {
  return Buffer.concat([Buffer.from([form]), coordinates])
}

function oddOf(length: number): bigint {
  const random = BigInt(`0x${randomBytes(Math.ceil(length / 8)).toString('hex')}`)
  return BigInt.asUintN(length - 1, random) | (1n << BigInt(length - 1)) | 1n
}

function prime(): bigint {
  return generatePrimeSync(1024, { bigint: true })
}

function multipleOf251(): bigint {
  return 251n * ((oddOf(2048) / 251n) | 1n)
}

function closeProduct(): bigint {
  const first = prime()
  let second = first + 2n
  while (hasSmallFactor(second) || !checkPrimeSync(second)) second += 2n
  return first * second
}

/** A number that is a power of 65537 modulo each of the small primes that ROCA keys are built over. */
function rocaLike(): bigint {
  const primes = numbersBelow(168).filter((n) => n > 1 && !hasSmallFactor(BigInt(n)))
  const primorial = primes.reduce((product, factor) => product * BigInt(factor), 1n)
  let candidate = (oddOf(2048) / primorial) * primorial + (65_537n ** 3n % primorial)
  while (hasSmallFactor(candidate)) candidate += primorial
  return candidate
}

function hasSmallFactor(value: bigint): boolean {
  return numbersBelow(752).some((n) => n > 1 && BigInt(n) < value && value % BigInt(n) === 0n)
}

function numbersBelow(limit: number): number[] {
  return Array.from({ length: limit }, (_, index) => index)
}
