import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFakeClock, type Secret } from '@rekey/secret'
import { describe, expect, it } from 'vitest'
import {
  days,
  failureOf,
  freshPath,
  hasOpenssl,
  KEY_FAMILIES,
  newIntermediate,
  newPassphrase,
  newRoot,
  orderFor,
  textOf,
  openHeld,
} from '../test/ca.support.ts'
import { type CertificateOrder, createCa, horizonOf } from './index.ts'
import { encryptForRecovery, createSigningRequest } from './internal.ts'
import { createRequestWith } from './create-signing-request.ts'
import { bits, implicit, oid, sequence } from './der.ts'
import { asks, commonName, craft, wanted } from '../test/request.support.ts'

const { ca, root, directory, passphrase } = await newIntermediate()

it('gives what it issued: serial, dates in whole seconds, fingerprint', async () => {
  const before = Date.now()
  const issued = await ca.issueCertificate(orderFor({ validityMs: days(30) }))
  const read = new X509Certificate(issued.certificate)
  expect(issued.serial).toBe(read.serialNumber.toLowerCase())
  expect(issued.fingerprint).toBe(createHash('sha256').update(read.raw).digest('hex'))
  expect([issued.notBefore, issued.notAfter]).toEqual([
    new Date(read.validFrom),
    new Date(read.validTo),
  ])
  expect(Math.abs(issued.notBefore.getTime() - (before - 300_000))).toBeLessThan(20_000)
  expect(Math.abs(issued.notAfter.getTime() - (before + days(30)))).toBeLessThan(20_000)
})

it('issues for a service both purposes, for a host at least, and for no name of a person', async () => {
  const { ca } = await newRoot()
  const host = { kind: 'dns', value: 'frontend' } as const
  const order = { profile: 'service', subject: { commonName: 'frontend' } } as const
  const { certificate } = await ca.issueCertificate(orderFor({ ...order, subjectAltNames: [host] }))
  expect(new X509Certificate(certificate).keyUsage).toEqual([
    ...['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'],
  ])
  for (const subjectAltNames of [
    [{ kind: 'ip', value: '192.0.2.7' }],
    [host, { kind: 'email', value: 'alice@example.com' }],
    [host, { kind: 'uri', value: 'urn:example' }],
  ] as const) {
    expect(
      await failureOf(() => ca.issueCertificate(orderFor({ ...order, subjectAltNames }))),
    ).toMatchObject({ code: 'refused', details: { reason: 'subject-alt-name' } })
  }
})

it('gives each certificate a serial of 20 octets that no other has', async () => {
  const order = orderFor()
  const issued = await Promise.all(Array.from({ length: 200 }, () => ca.issueCertificate(order)))
  const serials = issued.map(({ serial }) => serial)
  expect(new Set(serials).size).toBe(200)
  expect(serials.filter((serial) => !/^[4-7][0-9a-f]{39}$/.test(serial))).toEqual([])
})

describe.skipIf(!hasOpenssl)('as openssl reads it', () => {
  const kinds = KEY_FAMILIES.flatMap((key) => [[key, 'client'] as const, [key, 'server'] as const])

  it.each(kinds)('a %s certificate for a %s has what its profile says', async (key, profile) => {
    const { csr } = createSigningRequest({ commonName: 'ignored', algorithm: key })
    const text = textOf((await ca.issueCertificate(orderFor({ csr, profile }))).certificate)
    const needsEncipherment = profile === 'server' && key === 'rsa-3072'
    expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE/)
    expect(text).toMatch(
      needsEncipherment
        ? /Key Usage: critical\s+Digital Signature, Key Encipherment\n/
        : /Key Usage: critical\s+Digital Signature\n/,
    )
    const purpose = profile === 'client' ? 'TLS Web Client' : 'TLS Web Server'
    expect(text).toMatch(new RegExp(`Extended Key Usage: \\n\\s+${purpose} Authentication\\n`))
    expect(text).toMatch(/Subject Key Identifier: \n\s+(?:[0-9A-F]{2}:){19}[0-9A-F]{2}\n/)
    expect(text).not.toMatch(/DirName|Authority[^\n]*\n\s+serial/)
    expect(text).not.toContain('ignored')
  })

  it('names its issuer and subject in every kind of alternative name', async () => {
    const order = orderFor({
      subject: {
        commonName: 'Zoë Ünal',
        organization: 'Example',
        organizationalUnit: 'VPN',
      },
      subjectAltNames: [
        { kind: 'email', value: 'zoe@example.com' },
        { kind: 'dns', value: '*.vpn.example.com' },
        { kind: 'uri', value: 'urn:example:user:7' },
        { kind: 'ip', value: '192.0.2.7' },
        { kind: 'ip', value: '2001:db8::7' },
        { kind: 'ip', value: '::ffff:192.0.2.7' },
      ],
    })
    const { certificate } = await ca.issueCertificate(order)
    const text = textOf(certificate)
    expect(text).toContain(
      'email:zoe@example.com, DNS:*.vpn.example.com, URI:urn:example:user:7, IP Address:192.0.2.7, ' +
        'IP Address:2001:DB8:0:0:0:0:0:7, IP Address:0:0:0:0:0:FFFF:C000:207',
    )
    expect(text).toMatch(/Issuer: CN ?= ?Test Issuing CA G1\n/)
    expect(new X509Certificate(certificate).subject).toBe('O=Example\nOU=VPN\nCN=Zoë Ünal')
  })

  it('the key identifier of the issuer is the one the issuer has', async () => {
    const keyId = /Subject Key Identifier: \n\s+(\S+)/.exec(textOf(ca.certificate))?.[1] ?? 'none'
    const { certificate } = await ca.issueCertificate(orderFor())
    expect(textOf(certificate)).toMatch(
      new RegExp(`Authority Key Identifier: \\n\\s+(?:keyid:)?${keyId}\\n`),
    )
  })
})

type Refusals = Record<string, readonly [changes: () => Partial<CertificateOrder>, reason: string]>

const named = (commonName: string) => () => ({ subject: { commonName } })
const alsoNamed = (kind: 'email' | 'dns' | 'uri' | 'ip', value: string) => () => ({
  subjectAltNames: [{ kind, value }],
})
const asksFor = (purpose: string) => () => ({
  csr: craft({ attributes: [asks(wanted('2.5.29.37', sequence(oid(purpose))))] }),
})

const asksToBeNamed = (tag: number, name: string) => () => ({
  csr: craft({
    attributes: [asks(wanted('2.5.29.17', sequence(implicit(tag, Buffer.from(name)))))],
  }),
})
const asksForUsage =
  (...bytes: number[]) =>
  () => ({
    csr: craft({ attributes: [asks(wanted('2.5.29.15', bits(Buffer.from(bytes)), true))] }),
  })

const refusals: Refusals = {
  'K20: keyEncipherment for a client': [asksForUsage(0xa1), 'extension'],
  'K20: decipherOnly': [asksForUsage(0x80, 0x80), 'extension'],
  'K22: an alternative name that is the name of another': [
    asksToBeNamed(1, 'root@example.com'),
    'subject-alt-name',
  ],
  'K22: an alternative name with a NUL': [
    asksToBeNamed(1, 'alice@example.com\0.example.org'),
    'subject-alt-name',
  ],
  'K22: an alternative name of another kind': [
    asksToBeNamed(2, 'alice@example.com'),
    'subject-alt-name',
  ],
  'K20: serverAuth for a client': [asksFor('1.3.6.1.5.5.7.3.1'), 'extension'],
  'K20: any purpose': [asksFor('2.5.29.37.0'), 'extension'],
  'K22: an empty name': [named(''), 'subject'],
  'K22: a name of 65 characters': [named('x'.repeat(65)), 'subject'],
  'K22: a NUL': [named('alice\0.example.com'), 'subject'],
  'K22: a line break': [named('alice\nCN=root'), 'subject'],
  'K22: a bidirectional override': [named('alice\u202egro.elpmaxe'), 'subject'],
  'K22: half a surrogate pair': [named('alice\ud800'), 'subject'],
  'K22: a name that is not in NFC': [named('Zoe\u0308'), 'subject'],
  'K22: a path': [named('../../etc/passwd'), 'subject'],
  'K22: a space at its end': [named('alice '), 'subject'],
  'K22: a bad organization': [
    () => ({ subject: { commonName: 'alice', organization: 'a\tb' } }),
    'subject',
  ],
  'no alternative name': [() => ({ subjectAltNames: [] }), 'subject-alt-name'],
  '101 alternative names': [
    () => ({ subjectAltNames: Array.from({ length: 101 }, () => ({ kind: 'dns', value: 'x' })) }),
    'subject-alt-name',
  ],
  'an address without a host': [alsoNamed('email', 'alice'), 'subject-alt-name'],
  'an address with a NUL': [alsoNamed('email', 'alice\0@example.com'), 'subject-alt-name'],
  'a host with a space': [alsoNamed('dns', 'vpn example.com'), 'subject-alt-name'],
  'a host that is not ASCII': [alsoNamed('dns', 'zoë.example.com'), 'subject-alt-name'],
  'an URI without a scheme': [alsoNamed('uri', '//example.com'), 'subject-alt-name'],
  'an address out of range': [alsoNamed('ip', '192.0.2.256'), 'subject-alt-name'],
  'an address with a zone': [alsoNamed('ip', 'fe80::1%eth0'), 'subject-alt-name'],
  'a client certificate for 399 days': [() => ({ validityMs: days(399) }), 'validity'],
  'a validity of no time': [() => ({ validityMs: 0 }), 'validity'],
  'a validity that is no number': [() => ({ validityMs: NaN }), 'validity'],
}

it.each(Object.entries(refusals))('refuses %s', async (_, [changes, reason]) => {
  const error = await failureOf(() => ca.issueCertificate(orderFor(changes())))
  expect(error).toMatchObject({ code: 'refused', details: { reason } })
})

it('K20: issues for a request that asks for what it gets', async () => {
  const order = orderFor({
    csr: craft({
      subject: commonName('vpn profile'),
      attributes: [
        asks(
          wanted('2.5.29.15', bits(Buffer.from([0x80]), 7), true),
          wanted('2.5.29.17', sequence(implicit(1, Buffer.from('alice@example.com')))),
          wanted('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.2'))),
        ),
      ],
    }),
  })
  const read = new X509Certificate((await ca.issueCertificate(order)).certificate)
  expect([read.subject, read.subjectAltName]).toEqual([
    ...['CN=alice@example.com', 'email:alice@example.com'],
  ])
})

it('refuses a request before it signs, with the reason that parsing gives', async () => {
  const csr = craft({ signatureAfterSigning: (s) => s.subarray(1) })
  expect(await failureOf(() => ca.issueCertificate(orderFor({ csr })))).toMatchObject({
    code: 'rejected',
    details: { reason: 'proof-of-possession' },
  })
})

/** A request over the key of an existing CA, as a holder of its files and passphrase can make. */
async function requestOverKeyOf(place: { directory: string; passphrase: Secret }): Promise<string> {
  const passphrase = { value: place.passphrase, origin: { kind: 'memory' } } as const
  const recoveryPassphrase = place.passphrase
  const key = await encryptForRecovery({ ...place, passphrase, recoveryPassphrase })
  const privateKey = createPrivateKey({ key, passphrase: recoveryPassphrase.expose() })
  return createRequestWith(privateKey, { commonName: 'x' })
}

it('refuses a request over the key of the CA itself, or of one above it', async () => {
  const above = await newRoot()
  const below = { directory: freshPath(), passphrase: newPassphrase() }
  const issuing = await createCa({ ...below, commonName: 'Test Issuing CA', parent: above.ca })
  for (const [issuer, place] of [
    [issuing, below],
    [issuing, above],
    [above.ca, above],
  ] as const) {
    const csr = await requestOverKeyOf(place)
    const error = await failureOf(() => issuer.issueCertificate(orderFor({ csr })))
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'ca-key' } })
  }
  const order = { csr: await requestOverKeyOf(above), subject: { commonName: 'Other CA G1' } }
  const error = await failureOf(() => above.ca.issueIntermediate({ ...order, validityMs: days(1) }))
  expect(error).toMatchObject({ code: 'refused', details: { reason: 'ca-key' } })
})

it('refuses a certificate for a person who would bear the name of a CA of the chain', async () => {
  for (const commonName of ['Test Issuing CA G1', 'Test Root CA G1']) {
    const error = await failureOf(() => ca.issueCertificate(orderFor({ subject: { commonName } })))
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'subject' } })
  }
})

it('never cuts a certificate short: refuses one that would outlive its CA', async () => {
  const clock = createFakeClock(ca.notAfter.getTime() - days(10))
  const late = await openHeld({ directory, passphrase, clock })
  expect(await failureOf(() => late.issueCertificate(orderFor()))).toMatchObject({
    details: { reason: 'horizon' },
  })
  await late.issueCertificate(orderFor({ validityMs: days(10) }))
})

it('warns of the end of full certificates thirty days ahead, and reports it when it is there', () => {
  const lastIssue = new Date(ca.notAfter.getTime() - days(90))
  const at = (offset: number) => {
    const clock = createFakeClock(lastIssue.getTime() + offset)
    return horizonOf(ca, { validityMs: days(90), clock })
  }
  expect(at(-days(31))).toEqual({ state: 'fresh', lastIssue })
  expect([at(-days(29)), at(0), at(1)].map(({ state }) => state)).toEqual([
    ...['late', 'late', 'ended'],
  ])
})

it('K25: refuses to issue if the clock went back behind its last certificate, after a restart too', async () => {
  const place = await newRoot()
  const clock = createFakeClock(Date.now() + days(10))
  const open = await openHeld({ ...place, clock })
  await open.issueCertificate(orderFor())
  clock.jump(-4 * 60_000)
  await open.issueCertificate(orderFor())
  clock.jump(-days(1))
  const restarted = await openHeld({ ...place, clock })
  for (const keystore of [open, restarted]) {
    const error = await failureOf(() => keystore.issueCertificate(orderFor()))
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'clock' } })
    expect(error.message).toContain('correct the clock')
  }
  clock.jump(days(1))
  await restarted.issueCertificate(orderFor())
  await writeFile(join(place.directory, 'ca.clock'), 'yesterday')
  const damaged = await openHeld({ ...place, clock })
  expect(await failureOf(() => damaged.issueCertificate(orderFor()))).toMatchObject({
    ...{ code: 'malformed', details: { reason: 'clock' } },
  })
})

it('K17, K25: refuses to issue once its CA has expired, or if the clock went back before it', async () => {
  const clock = createFakeClock(Date.now())
  const open = await openHeld({ directory, passphrase, clock })
  for (const jump of [days(3 * 365 + 1), -days(3 * 365 + 3)]) {
    clock.jump(jump)
    const error = await failureOf(() => open.issueCertificate(orderFor({ validityMs: 1000 })))
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'validity' } })
  }
})

it('K25: ends certificates right around 2050, and on a leap day', async () => {
  for (const [now, end] of [
    ['2049-12-31T12:00:00Z', 'Jan  1 12:00:00 2050 GMT'],
    ['2028-02-28T12:00:00Z', 'Feb 29 12:00:00 2028 GMT'],
  ] as const) {
    const clock = createFakeClock(Date.parse(now))
    const options = { directory: freshPath(), passphrase: newPassphrase(), clock }
    const later = await createCa({ ...options, commonName: 'Later Root CA' })
    const { certificate } = await later.issueCertificate(orderFor({ validityMs: days(1) }))
    expect(new X509Certificate(certificate).validTo).toBe(end)
  }
})

it('has roots sign what is below them only as far as their path length allows', async () => {
  const order = {
    csr: orderFor().csr,
    subject: { commonName: 'Second Issuing CA G1' },
    validityMs: days(100),
  }
  const { certificate } = await root.issueIntermediate(order)
  expect(new X509Certificate(certificate).ca).toBe(true)
  expect(await failureOf(() => ca.issueIntermediate(order))).toMatchObject({
    details: { reason: 'path-length' },
  })
})
