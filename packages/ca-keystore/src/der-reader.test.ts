import forge from 'node-forge'
import { expect, it } from 'vitest'
import { orderFor } from '../test/ca.support.ts'
import { sequence } from './der.ts'
import { readDer } from './der-reader.ts'
import { parsePem } from './pem.ts'

const limits = { maxChars: 64 * 1024, maxBlocks: 1 }
const [request = Buffer.alloc(0)] = parsePem(orderFor().csr, {
  ...{ what: 'it', labels: ['CERTIFICATE REQUEST'], ...limits },
})

function isReadHere(bytes: Buffer): boolean {
  try {
    readDer(bytes, 'it')
    return true
  } catch {
    return false
  }
}

/** Read by node-forge, which writes the same bytes again. */
function isReadByForge(bytes: Buffer): boolean {
  try {
    const options = { strict: true, parseAllBytes: true, decodeBitStrings: false, maxDepth: 32 }
    const tree = forge.asn1.fromDer(bytes.toString('latin1'), options as never)
    return Buffer.from(forge.asn1.toDer(tree).getBytes(), 'latin1').equals(bytes)
  } catch {
    return false
  }
}

const flipped = Array.from({ length: request.length * 8 }, (_, bit) => {
  const bytes = Buffer.from(request)
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return bytes
})
const cut = Array.from({ length: request.length }, (_, length) => request.subarray(0, length))

it('accepts of a request with one bit flipped, or cut short, exactly what node-forge reads and writes the same', () => {
  const all = [request, ...flipped, ...cut]
  expect(all.filter((bytes) => isReadHere(bytes) !== isReadByForge(bytes))).toEqual([])
  expect(flipped.filter(isReadHere).length).toBeGreaterThan(0)
  expect(cut.filter(isReadHere)).toEqual([])
})

const nested = (depth: number): Buffer =>
  Array.from({ length: depth }).reduce<Buffer>((inner) => sequence(inner), Buffer.alloc(0))

it('reads 32 levels, and refuses 33', () => {
  expect([isReadHere(nested(32)), isReadHere(nested(33))]).toEqual([true, false])
})

it.each([
  ['a length that is not minimal', '30810102'],
  ['a length with a leading zero', `308200800482007c${'00'.repeat(124)}`],
  ['an indefinite length', '30800500'],
  ['a length past the end', '3084ffffffff'],
  ['a tag of several bytes', '1f8101020500'],
  ['an empty integer', '0200'],
  ['a positive integer that is padded', '02020001'],
  ['a negative integer that is padded', '0202ff80'],
  ['a padded integer inside', '300402020001'],
  ['bytes after the end', '050000'],
  ['a child that crosses the end of its parent', '30030403aa'],
  ['nothing', ''],
])('refuses %s', (_, hex) => {
  expect(() => readDer(Buffer.from(hex, 'hex'), 'the input')).toThrow(
    expect.objectContaining({ code: 'malformed' }),
  )
})

it.each([
  ['2a864886f70d010101', '1.2.840.113549.1.1.1'],
  ['883703', '2.999.3'],
  ['2b6570', '1.3.101.112'],
])('reads the object identifier %s as %s', (hex, dotted) => {
  const content = Buffer.from(hex, 'hex')
  const der = Buffer.concat([Buffer.from([0x06, content.length]), content])
  expect(readDer(der, 'it').oid()).toBe(dotted)
})

it.each([
  ['without content', '0600'],
  ['that ends in the middle of a number', '06022a86'],
  ['with a padded number', '06032a8001'],
  ['with a number that no double holds', '060a2affffffffffffffff7f'],
])('refuses an object identifier %s', (_, hex) => {
  expect(() => readDer(Buffer.from(hex, 'hex'), 'it').oid()).toThrow(
    expect.objectContaining({ code: 'malformed' }),
  )
})
