import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { failureOf, hasOpenssl, openssl } from '../test/ca.support.ts'
import { bits, context, integer, octets, oid, sequence, set, utf8 } from './der.ts'
import { createSigningRequest, KEY_ALGORITHMS } from './internal.ts'
import { parseSigningRequest } from './index.ts'
import { encodePem } from './pem.ts'
import {
  asks,
  asksAs,
  commonName,
  craft,
  craftDer,
  IDENTIFIERS,
  KEYS,
  wanted,
} from '../test/request.support.ts'

const LABEL = 'CERTIFICATE REQUEST'
const BASIC_CONSTRAINTS = '2.5.29.19'
const KEY_USAGE = '2.5.29.15'
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
const ORDER_ED25519 = 2n ** 252n + 27742317777372353535851937790883648493n
const { ec, ed, rsa } = KEYS

type Hostile = Record<string, readonly [pem: () => string, reason: string]>

async function expectRefusal(pem: string, reason: string) {
  const start = performance.now()
  const error = await failureOf(() => parseSigningRequest(pem))
  expect(error.details).toMatchObject(reason === 'der' ? {} : { reason })
  expect(error.code).toBe(CODES[reason] ?? 'refused')
  expect(performance.now() - start).toBeLessThan(3000)
}

const CODES: Record<string, string> = {
  der: 'malformed',
  pem: 'malformed',
  'too-large': 'malformed',
  'proof-of-possession': 'rejected',
}

it.each(['\n', '\r\n\r\n', ' \t\n'])('reads a request with blank lines after it (%j)', (blanks) => {
  const { csr } = createSigningRequest({ commonName: 'service' })
  expect(parseSigningRequest(csr + blanks).key.type).toBe('ec')
})

it.each(KEY_ALGORITHMS)(
  'reads its own %s request, whose key is the other half of the private one',
  (algorithm) => {
    const { csr, privateKey } = createSigningRequest({ commonName: 'service', algorithm })
    const { key, requested } = parseSigningRequest(csr)
    expect(privateKey.expose()).toMatch(/^-----BEGIN PRIVATE KEY-----/)
    expect(key.spki).toEqual(key.publicKey.export({ format: 'der', type: 'spki' }))
    expect(requested).toEqual({ purposes: [], usage: 0, names: [] })
  },
)

it('reads harmless requests: other attributes, names, purposes, an older label', () => {
  const harmless = asks(
    wanted(BASIC_CONSTRAINTS, sequence(), true),
    wanted(KEY_USAGE, bits(Buffer.from([0xa0]), 5), true),
    wanted('2.5.29.37', sequence(oid(CLIENT_AUTH))),
  )
  const password = sequence(oid('1.2.840.113549.1.9.7'), set(octets(Buffer.from('x'))))
  const pem = craft({ attributes: [harmless, password] })
  expect(parseSigningRequest(pem).requested).toEqual({
    ...{ purposes: [CLIENT_AUTH], usage: 0xa0, names: [] },
  })
  expect(parseSigningRequest(pem.replaceAll(LABEL, `NEW ${LABEL}`)).key.type).toBe('ec')
  expect(parseSigningRequest(pem.replaceAll('\n', '\r\n')).key.type).toBe('ec')
})

const possession: Hostile = {
  'a flipped signature': [
    () => craft({ signatureAfterSigning: (s) => flipped(s, s.length - 1) }),
    'proof-of-possession',
  ],
  'an empty signature': [
    () => craft({ signatureAfterSigning: () => Buffer.alloc(0) }),
    'proof-of-possession',
  ],
  'r = s = 0': [
    () => craft({ signatureAfterSigning: () => sequence(integer(0), integer(0)) }),
    'proof-of-possession',
  ],
  'an Ed25519 S that is not reduced': [
    () =>
      craft({
        privateKey: ed.privateKey,
        identifier: IDENTIFIERS.ed25519,
        signatureAfterSigning: withLargerS,
      }),
    'proof-of-possession',
  ],
  'the signature of another key': [
    () => craft({ privateKey: ec.privateKey, spki: spkiNode(otherEc.publicKey) }),
    'proof-of-possession',
  ],
  'a subject that was changed after signing': [
    () => craft({ infoAfterSigning: (info) => replaced(info, commonName('x'), commonName('y')) }),
    'proof-of-possession',
  ],
  'an algorithm of another kind of key': [
    () => craft({ identifier: IDENTIFIERS.rsaSha256 }),
    'signature-algorithm',
  ],
  'ECDSA with SHA-1': [
    () => craft({ digest: 'sha1', identifier: IDENTIFIERS.ecdsaSha1 }),
    'signature-algorithm',
  ],
  'RSA with SHA-1': [() => signedByRsa('sha1', IDENTIFIERS.rsaSha1), 'signature-algorithm'],
  'RSA with MD5': [() => signedByRsa('md5', IDENTIFIERS.rsaMd5), 'signature-algorithm'],
  'RSA-PSS': [() => signedByRsa('sha256', IDENTIFIERS.rsaPss), 'signature-algorithm'],
  'RSA without its NULL': [
    () => signedByRsa('sha256', IDENTIFIERS.rsaSha256Bare),
    'signature-algorithm',
  ],
}

it.each(Object.entries(possession))('K19: refuses %s', (_, [pem, reason]) =>
  expectRefusal(pem(), reason),
)

const extensions: Hostile = {
  'CA:TRUE': [() => asking(wanted(BASIC_CONSTRAINTS, sequence(yesNode()), true)), 'extension'],
  'a path length': [() => asking(wanted(BASIC_CONSTRAINTS, sequence(integer(0)))), 'extension'],
  'CA:TRUE in a second extensionRequest': [
    () =>
      craft({
        attributes: [asks(wanted(KEY_USAGE, bits(Buffer.from([0x80]), 7))), asks(caTrue())],
      }),
    'extension',
  ],
  'CA:TRUE in the Microsoft attribute': [
    () => craft({ attributes: [asksAs('1.3.6.1.4.1.311.2.1.14', caTrue())] }),
    'extension',
  ],
  'both attributes at once': [
    () =>
      craft({
        attributes: [
          asks(wanted('2.5.29.14', octets(randomBytes(20)))),
          asksAs('1.3.6.1.4.1.311.2.1.14', caTrue()),
        ],
      }),
    'extension',
  ],
  'two values in one extensionRequest': [
    () =>
      craft({
        attributes: [
          sequence(oid('1.2.840.113549.1.9.14'), set(sequence(caTrue()), sequence(caTrue()))),
        ],
      }),
    'der',
  ],
  keyCertSign: [() => asking(wanted(KEY_USAGE, bits(Buffer.from([0x04]), 2))), 'extension'],
  cRLSign: [() => asking(wanted(KEY_USAGE, bits(Buffer.from([0x82]), 1))), 'extension'],
  'an unknown critical extension': [() => asking(wanted('1.2.3.4', sequence(), true)), 'extension'],
  nameConstraints: [() => asking(wanted('2.5.29.30', sequence())), 'extension'],
  'one extension twice': [
    () => asking(wanted('2.5.29.17', sequence()), wanted('2.5.29.17', sequence())),
    'der',
  ],
}

it.each(Object.entries(extensions))('K20: refuses %s', (_, [pem, reason]) =>
  expectRefusal(pem(), reason),
)

const forms: Hostile = {
  'K23: a private key after the request': [
    () => craft() + ec.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    'private-key-in-request',
  ],
  'K23: a private key in place of it': [
    () => rsa.privateKey.export({ format: 'pem', type: 'pkcs1' }).toString(),
    'private-key-in-request',
  ],
  'K23: a private key under the label of a request': [
    () => encodePem(LABEL, ec.privateKey.export({ format: 'der', type: 'pkcs8' })),
    'der',
  ],
  'K21: 17 KiB': [() => craft({ subject: commonName('x'.repeat(17 * 1024)) }), 'too-large'],
  'K21: 8 MiB': [() => 'A'.repeat(8 * 1024 * 1024), 'too-large'],
  'K21: 10,000 names': [
    () =>
      asking(wanted('2.5.29.17', sequence(...Array.from({ length: 10_000 }, () => integer(1))))),
    'too-large',
  ],
  'K21: nesting 3,000 deep': [() => encodePem(LABEL, nested(3000)), 'der'],
  'two requests': [() => craft() + craft(), 'pem'],
  garbage: [() => randomBytes(600).toString('latin1'), 'pem'],
  'garbage in a PEM block': [() => encodePem(LABEL, randomBytes(600)), 'der'],
  nothing: [() => '', 'pem'],
  'text before the block': [() => `Certificate Request:\n${craft()}`, 'pem'],
  'a certificate': [() => craft().replaceAll(LABEL, 'CERTIFICATE'), 'pem'],
  'base64 that is not canonical': [() => craft().replace(/\n-----END/, '=\n-----END'), 'pem'],
  'version 1': [() => craft({ version: 1 }), 'der'],
  'a length that is not minimal': [() => encodePem(LABEL, longForm(craftDer())), 'der'],
  'an indefinite length': [() => encodePem(LABEL, indefinite(craftDer())), 'der'],
  'a byte after the request': [
    () => encodePem(LABEL, Buffer.concat([craftDer(), Buffer.alloc(1)])),
    'der',
  ],
  'a request without attributes': [
    () => craft({ infoAfterSigning: (info) => info.subarray(0, info.length - 2) }),
    'der',
  ],
}

const named = (type: string, value: Buffer) => sequence(set(sequence(oid(type), value)))
const CN = '2.5.4.3'
/** A value of a universal type with these bytes. */
const value = (tag: number, bytes: Buffer) =>
  Buffer.concat([Buffer.from([tag, bytes.length]), bytes])
const two = (...texts: string[]) => texts.map((text) => sequence(oid(CN), utf8(text)))

const subjects: Record<string, () => Buffer> = {
  'a NUL': () => commonName('alice\0.example.com'),
  'a line break': () => commonName('alice\nCN=root'),
  'a bidirectional override': () => commonName('alice\u202egro.elpmaxe'),
  'invalid UTF-8': () => named(CN, value(0x0c, Buffer.from('616cff', 'hex'))),
  'a surrogate in UTF-8': () => named(CN, value(0x0c, Buffer.from('eda080', 'hex'))),
  'a BMPString': () => named(CN, value(0x1e, Buffer.from('0061006c', 'hex'))),
  'a T61String': () => named(CN, value(0x14, Buffer.from('al'))),
  'a PrintableString that is no ASCII': () => named(CN, value(0x13, Buffer.from('616ce9', 'hex'))),
  'a path': () => commonName('../../etc/passwd'),
  'a name of 65 characters': () => commonName('x'.repeat(65)),
  'two common names': () => sequence(...two('alice', 'root').map((one) => set(one))),
  'two values in one part': () => sequence(set(...two('alice', 'root'))),
  'an empty common name': () => commonName(''),
  'an organization with a tab': () => named('2.5.4.10', utf8('a\tb')),
  'a NUL in an attribute that is unknown': () => named('1.2.3.4', utf8('a\0b')),
}

it.each(Object.entries(subjects))('K22: refuses a request whose subject has %s', (_, subject) =>
  expectRefusal(craft({ subject: subject() }), 'subject'),
)

it('K22: reads a request whose subject is plain or empty', () => {
  const [unit, country] = ['2.5.4.11', '2.5.4.6']
  const plain = sequence(
    ...[unit, unit].map((type) => set(sequence(oid(type), utf8('VPN')))),
    set(sequence(oid(country), value(0x13, Buffer.from('DE')))),
    set(sequence(oid('1.2.840.113549.1.9.1'), value(0x16, Buffer.from('zoe@example.com')))),
    set(sequence(oid(CN), utf8('Zoë Ünal'))),
  )
  for (const subject of [plain, sequence()]) {
    expect(parseSigningRequest(craft({ subject })).key.type).toBe('ec')
  }
})

it.each(Object.entries(forms))('refuses %s', (_, [pem, reason]) => expectRefusal(pem(), reason))

it('K23: shows nothing of a private key it was sent', async () => {
  const pem = ec.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  const body = pem.split('\n').slice(1, -2)
  await failureOf(() => parseSigningRequest(craft() + pem), body)
})

const opensslKeys: Record<string, readonly string[]> = {
  'P-256': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'P-384': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  'RSA-2048': ['rsa:2048'],
  Ed25519: ['ed25519'],
}

it.skipIf(!hasOpenssl).each(Object.entries(opensslKeys))(
  'reads an openssl request with %s, and refuses it when it asks to be a CA',
  async (_, newkey) => {
    const directory = mkdtempSync(join(tmpdir(), 'request-'))
    const key = ['-newkey', ...newkey, '-nodes', '-keyout', join(directory, 'key')]
    const request = ['req', '-new', '-subj', '/O=Example/CN=x', ...key]
    const plain = openssl([...request, '-addext', 'subjectAltName=DNS:x'], '')
    expect(parseSigningRequest(plain.stdout).key.publicKey.type).toBe('public')
    const greedy = openssl([...request, '-addext', 'basicConstraints=critical,CA:TRUE'], '')
    await expectRefusal(greedy.stdout, 'extension')
    rmSync(directory, { recursive: true })
  },
)

it.skipIf(!hasOpenssl)('writes requests that openssl verifies', () => {
  for (const algorithm of ['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa-3072'] as const) {
    const { csr } = createSigningRequest({ commonName: 'service', algorithm })
    expect(openssl(['req', '-verify', '-noout'], csr)).toMatchObject({ status: 0 })
  }
})

const otherEc = generateKeyPairSync('ec', { namedCurve: 'P-256' })

function spkiNode(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' })
}

function signedByRsa(digest: string, identifier: Buffer): string {
  return craft({ privateKey: rsa.privateKey, digest, identifier })
}

function asking(...wantedExtensions: Buffer[]): string {
  return craft({ attributes: [asks(...wantedExtensions)] })
}

function yesNode(): Buffer {
  return Buffer.from('0101ff', 'hex')
}

function caTrue(): Buffer {
  return wanted(BASIC_CONSTRAINTS, sequence(yesNode()), true)
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

function replaced(bytes: Buffer, from: Buffer, to: Buffer): Buffer {
  const hex = bytes.toString('hex').replace(from.toString('hex'), to.toString('hex'))
  return Buffer.from(hex, 'hex')
}

function withLargerS(signature: Buffer): Buffer {
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`)
  const larger = Buffer.from((s + ORDER_ED25519).toString(16).padStart(64, '0'), 'hex').reverse()
  return Buffer.concat([signature.subarray(0, 32), larger])
}

function nested(depth: number): Buffer {
  let node = integer(1)
  for (let level = 0; level < depth; level += 1) node = context(0, node)
  return sequence(node)
}

function longForm(der: Buffer): Buffer {
  const body = der.subarray(der[1] === 0x81 ? 3 : 4)
  return Buffer.concat([Buffer.from([0x30, 0x83, 0, body.length >> 8, body.length & 0xff]), body])
}

function indefinite(der: Buffer): Buffer {
  const body = der.subarray(der[1] === 0x81 ? 3 : 4)
  return Buffer.concat([Buffer.from([0x30, 0x80]), body, Buffer.alloc(2)])
}
