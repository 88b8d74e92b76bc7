import { spawnSync } from 'node:child_process'
import {
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  pbkdf2Sync,
} from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFakeClock, Secret } from '@rekey/secret'
import { expect, it } from 'vitest'
import {
  failureOf,
  freshPath,
  hasOpenssl,
  newIntermediate,
  newPassphrase,
  openHeld,
  openssl,
  orderFor,
} from '../../test/ca.support.ts'
import { integer, nothing, octets, oid, sequence } from '../der.ts'
import { readDer } from '../der-reader.ts'
import { type CaImport, createSigningRequest, encryptForRecovery, importCa } from '../internal.ts'
import { readBiography } from '../index.ts'
import { encodePem } from '../pem.ts'

const { ca, root, directory, passphrase } = await newIntermediate()
const held = { value: passphrase, origin: { kind: 'memory' } } as const
const recovery = await encryptForRecovery({
  ...{ directory, passphrase: held, recoveryPassphrase: passphrase },
})
const privateKey = createPrivateKey({ key: recovery, passphrase: passphrase.expose() })
const OPENSSL = 'openssl'
/** As short as those that other software accepts. */
const old = Secret.of('geheim', 'the old passphrase')
const weak = { cipher: 'aes-256-cbc', passphrase: old.expose() } as const
const plainPem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
const links = ca.chain.split(/(?<=-----END CERTIFICATE-----\n)/)

const [PBES2, PBKDF2, SCRYPT] = [
  '1.2.840.113549.1.5.13',
  '1.2.840.113549.1.5.12',
  '1.3.6.1.4.1.11591.4.11',
]
const AES = sequence(oid('2.16.840.1.101.3.4.1.42'), octets(Buffer.alloc(16)))
const salt = octets(Buffer.alloc(16))
const sha256 = sequence(oid('1.2.840.113549.2.9'), nothing())

/** Imports into a new directory; by default a key that the old passphrase opens. */
function importOf(key: string | Buffer, changes: Partial<CaImport> = {}) {
  return importCa({
    ...{ directory: freshPath(), passphrase: newPassphrase(), key: Buffer.from(key) },
    ...{ keyPassphrase: old, certificates: ca.chain, ...changes },
  })
}

async function refusalOf(key: string | Buffer, changes: Partial<CaImport> = {}) {
  const secrets = [old.expose(), plainPem.slice(40, 90)]
  return failureOf(() => importOf(key, changes), secrets)
}

const sources: Record<string, readonly [key: () => string | Buffer, source: object]> = {
  'plain PKCS#8': [() => plainPem, { format: 'pkcs8', isEncrypted: false }],
  'PKCS#8 with the 2,048 iterations of Node.js': [
    () => privateKey.export({ format: 'pem', type: 'pkcs8', ...weak }),
    { format: 'pkcs8', isEncrypted: true },
  ],
  'traditional PEM with DEK-Info': [
    () => privateKey.export({ format: 'pem', type: 'sec1', ...weak }),
    { format: 'traditional', isEncrypted: true },
  ],
}

it.each(Object.entries(sources))(
  'K16: imports %s, and encrypts the key anew for its own passphrase alone',
  async (_, [key, source]) => {
    const place = { directory: freshPath(), passphrase: newPassphrase() }
    const imported = await importOf(key(), { ...place, generation: 4, profiles: ['client'] })
    expect(imported.source).toEqual(source)
    const text = await readFile(join(place.directory, 'ca.key'), 'utf8')
    expect(text).toMatch(/^rekey ca-key 1\n.*"generation":4,"purpose":"issuing".*\n.*"n":131072/)
    expect(imported.ca.chain).toBe(ca.chain)
    expect(await readBiography(place)).toMatchObject({
      verdict: { ok: true },
      entries: [{ action: 'import', details: source }],
    })
    await using opened = await openHeld(place)
    const { certificate } = await opened.issueCertificate(orderFor())
    expect(certificate).toContain('BEGIN CERTIFICATE')
  },
)

it('K16: opens no keystore whose key is in a form that it imports', async () => {
  const place = await newIntermediate()
  for (const [key] of Object.values(sources)) {
    await writeFile(join(place.directory, 'ca.key'), key())
    expect(await failureOf(() => openHeld(place))).toMatchObject({
      code: 'malformed',
      details: { reason: 'envelope' },
    })
  }
})

/** PKCS#12 of the key and its chain, the certificates in reverse, as openssl writes it. */
async function pkcs12(flags: readonly string[] = []): Promise<Buffer> {
  const [key, certificates] = [freshPath(), freshPath()]
  await writeFile(key, plainPem)
  await writeFile(certificates, links.toReversed().join(''))
  const given = ['-inkey', key, '-in', certificates, '-passout', `pass:${old.expose()}`]
  const { stdout, status } = spawnSync(OPENSSL, ['pkcs12', '-export', ...given, ...flags])
  expect(status).toBe(0)
  return stdout
}

it.skipIf(!hasOpenssl)('imports PKCS#12 with the chain in it, in its order', async () => {
  const place = { directory: freshPath(), passphrase: newPassphrase() }
  const { source } = await importCa({ ...place, key: await pkcs12(), keyPassphrase: old })
  expect(source).toEqual({ format: 'pkcs12', isEncrypted: true })
  expect(await readFile(join(place.directory, 'ca.crt'), 'utf8')).toBe(ca.chain)
})

const pkcs12Forms: readonly (readonly [flags: readonly string[], reason: string])[] = [
  // That the certificate is another's is found only after the key was read.
  [['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'], 'pair'],
  [['-keypbe', 'AES-128-CBC', '-certpbe', 'NONE', '-macalg', 'sha512', '-nomaciter'], 'pair'],
  [['-legacy'], 'encryption'],
  [['-keypbe', 'PBE-SHA1-2DES'], 'encryption'],
  [['-nomac'], 'encryption'],
  [['-keypbe', 'NONE'], 'key-format'],
]

it.skipIf(!hasOpenssl).each(pkcs12Forms)(
  'K16: PKCS#12 with %j ends in "%s"',
  async (flags, reason) => {
    const error = await refusalOf(await pkcs12(flags), { certificates: root.certificate })
    expect(error.details).toMatchObject({ reason })
  },
)

it.skipIf(!hasOpenssl)('imports PKCS#8 with scrypt, and refuses the broken schemes', async () => {
  const args = ['pkcs8', '-topk8', '-scrypt', '-passout', `pass:${old.expose()}`]
  const { stdout } = openssl(args, plainPem)
  const strong = await refusalOf(stdout, { certificates: root.certificate })
  expect(strong.details).toMatchObject({ reason: 'pair' })
  const pbeWithMd5AndDes = sequence(oid('1.2.840.113549.1.5.3'), sequence(salt, integer(2048)))
  const der = sequence(pbeWithMd5AndDes, octets(Buffer.alloc(160)))
  for (const broken of [
    encodePem('ENCRYPTED PRIVATE KEY', der),
    privateKey
      .export({ format: 'pem', type: 'sec1', ...weak })
      .toString()
      .replace('AES-256-CBC', 'DES-CBC'),
  ]) {
    expect(await refusalOf(broken)).toMatchObject({
      code: 'refused',
      details: { reason: 'encryption' },
    })
  }
})

it.skipIf(!hasOpenssl)('imports PKCS#12 with PBMAC1 (RFC 9579), and verifies that', async () => {
  const [version = Buffer.alloc(0), safe = Buffer.alloc(0)] = readDer(
    await pkcs12(['-nomac']),
    'it',
  )
    .sequence(2, 2)
    .items.map((node) => node.der())
  const content = readDer(safe, 'it').sequence().at(1).context(0).at(0).octets()
  const made = (iterations: number) => {
    const macKey = pbkdf2Sync(old.expose(), Buffer.alloc(16), iterations, 32, 'sha256')
    const digest = createHmac('sha256', macKey).update(content).digest()
    const kdf = sequence(salt, integer(2048), integer(32), sha256)
    const scheme = sequence(sequence(oid(PBKDF2), kdf), sha256)
    const info = sequence(sequence(oid('1.2.840.113549.1.5.14'), scheme), octets(digest))
    const mac = sequence(info, octets(Buffer.alloc(8)), integer(1))
    return sequence(version, safe, mac)
  }
  const read = await refusalOf(made(2048), { certificates: root.certificate })
  expect(read.details).toMatchObject({ reason: 'pair' })
  expect(await refusalOf(made(2049))).toMatchObject({ code: 'rejected' })
})

it.skipIf(!hasOpenssl)('K1: has one error for a wrong passphrase and a damaged file', async () => {
  const encrypted = privateKey.export({ format: 'pem', type: 'pkcs8', ...weak }).toString()
  const traditional = privateKey.export({ format: 'pem', type: 'sec1', ...weak }).toString()
  const p12 = await pkcs12()
  const damaged = Buffer.from(p12)
  damaged.writeUInt8((damaged.at(200) ?? 0) ^ 1, 200)
  const keyPassphrase = newPassphrase()
  const errors = [
    await refusalOf(encrypted, { keyPassphrase }),
    await refusalOf(traditional, { keyPassphrase }),
    await refusalOf(p12, { keyPassphrase }),
    await refusalOf(damaged),
  ]
  expect(new Set(errors.map(({ code, message }) => `${code} ${message}`)).size).toBe(1)
  expect(errors[0]).toMatchObject({ code: 'rejected', details: { reason: 'unlock' } })
})

/** An encrypted key with such a derivation, which must be refused before it is done. */
function derivedBy(kdf: string, ...parameters: Buffer[]): string {
  const scheme = sequence(
    oid(PBES2),
    sequence(sequence(oid(kdf), sequence(salt, ...parameters)), AES),
  )
  const der = sequence(scheme, octets(Buffer.alloc(160)))
  return encodePem('ENCRYPTED PRIVATE KEY', der)
}

const big = (hex: string) => integer(Buffer.from(hex, 'hex'))
const costs: Record<string, () => string> = {
  '2^31-1 iterations': () => derivedBy(PBKDF2, big('7fffffff'), sha256),
  '10,000,001 iterations': () => derivedBy(PBKDF2, integer(10_000_001), sha256),
  'no iteration': () => derivedBy(PBKDF2, integer(0), sha256),
  'a negative number of iterations': () => derivedBy(PBKDF2, big('80000000'), sha256),
  '2^256 iterations': () => derivedBy(PBKDF2, big(`01${'00'.repeat(32)}`), sha256),
  'a key of 2^31 bytes': () => derivedBy(PBKDF2, integer(2048), big('0080000000'), sha256),
  'scrypt with N of 2^30': () => derivedBy(SCRYPT, big('40000000'), integer(8), integer(1)),
  'scrypt with r of 2^30': () => derivedBy(SCRYPT, integer(16_384), big('40000000'), integer(1)),
  'scrypt with p of 2^30': () => derivedBy(SCRYPT, integer(16_384), integer(8), big('40000000')),
  'scrypt with N that is no power of two': () =>
    derivedBy(SCRYPT, integer(16_385), integer(8), integer(1)),
  'scrypt with a negative N': () => derivedBy(SCRYPT, big('80'), integer(8), integer(1)),
}

it.each(Object.entries(costs))(
  'K6: refuses to derive the key of a source with %s',
  async (_, key) => {
    expect(await refusalOf(key())).toMatchObject({
      code: 'refused',
      details: { reason: 'kdf-policy' },
    })
  },
)

const forms: Record<string, () => string | Buffer> = {
  'two keys': () => plainPem + plainPem,
  'a key and its certificate': () => plainPem + ca.certificate,
  'a certificate': () => ca.certificate,
  'text before the key': () => `Bag Attributes\n${plainPem}`,
  'a plain key under the label of an encrypted one': () =>
    plainPem.replaceAll('PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'),
  'a public key under the label of a private one': () =>
    encodePem('PRIVATE KEY', other.publicKey.export({ format: 'der', type: 'spki' })),
  'headers of another kind': () =>
    privateKey
      .export({ format: 'pem', type: 'sec1', ...weak })
      .toString()
      .replace('4,ENCRYPTED', '4,MIC-ONLY'),
  'half a key': () => plainPem.slice(0, 100),
  'half of a DER key': () => privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(0, 60),
  nothing: () => '',
  'an envelope of Rekey': () => 'rekey ca-key 1\n',
  '300 KiB': () => Buffer.alloc(300 * 1024, 0x30),
}

it.each(Object.entries(forms))('refuses %s as a key', async (_, key) => {
  expect(await refusalOf(key())).toMatchObject({
    code: 'malformed',
    details: { reason: 'key-format' },
  })
})

it('asks for the passphrase of an encrypted key', async () => {
  const key = privateKey.export({ format: 'pem', type: 'pkcs8', ...weak })
  const attempt = () =>
    importCa({ directory: freshPath(), passphrase: newPassphrase(), key: Buffer.from(key) })
  expect(await failureOf(attempt)).toMatchObject({ code: 'missing' })
})

const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const keys: Record<string, readonly [key: () => KeyObject, reason: string]> = {
  'RSA-2048': [() => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'algorithm'],
  'RSA-3072 with the exponent 3': [
    () => generateKeyPairSync('rsa', { modulusLength: 3072, publicExponent: 3 }).privateKey,
    'weak-key',
  ],
  secp256k1: [() => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey, 'algorithm'],
  'the key of another certificate': [() => other.privateKey, 'pair'],
}

it.each(Object.entries(keys))('K17: refuses %s', async (_, [key, reason]) => {
  const error = await refusalOf(key().export({ format: 'pem', type: 'pkcs8' }))
  expect(error).toMatchObject({ code: 'refused', details: { reason } })
})

it('K17: refuses a certificate that is not that of a CA, has expired, or lacks its root', async () => {
  const { privateKey: leafKey, csr } = createSigningRequest({ commonName: 'x' })
  const leaf = await ca.issueCertificate(orderFor({ csr }))
  const cases = [
    [leafKey.expose(), { certificates: leaf.certificate + ca.chain }, 'ca-certificate'],
    [plainPem, { clock: createFakeClock(ca.notAfter.getTime() + 1000) }, 'validity'],
    [plainPem, { certificates: ca.certificate }, 'chain'],
  ] as const
  for (const [key, changes, reason] of cases) {
    const place = freshPath()
    const error = await refusalOf(key, { directory: place, ...changes })
    expect(error).toMatchObject({ code: 'refused', details: { reason } })
    expect(existsSync(place)).toBe(false)
  }
})

it('wipes the bytes that it is given, also where it refuses', async () => {
  const [key, wrong] = [Buffer.from(plainPem), Buffer.from(recovery)]
  await importCa({
    ...{ directory: freshPath(), passphrase: newPassphrase(), key, certificates: ca.chain },
  })
  await failureOf(() => importOf('', { key: wrong }))
  expect([...key, ...wrong].every((byte) => byte === 0)).toBe(true)
})

it('K17: leaves a directory with something in it as it is', async () => {
  const place = freshPath()
  await mkdir(place, { mode: 0o700 })
  await writeFile(join(place, 'ca.key'), 'what was left')
  expect(await refusalOf(plainPem, { directory: place })).toMatchObject({ code: 'conflict' })
  expect(await readdir(place)).toEqual(['ca.key'])
})
