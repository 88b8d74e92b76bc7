import { createFakeClock } from '@rekey/secret'
import { expect, it } from 'vitest'
import { days, failureOf, KEY_FAMILIES } from '../../test/ca.support.ts'
import { type CrlOrder, parseCrl } from '../internal.ts'
import type { RevocationReason } from '../index.ts'
import { context, integer, octets, oid, sequence, TAG, yes } from '../der.ts'
import { bareCa, forgedCrl, newSerial } from '../../test/crl/crl.support.ts'
import { DerCursor } from './crl-der.ts'

const now = () => new Date()

it('K27: refuses an order of impossible dates, reasons, serials, numbers or size before it signs', async () => {
  const { keystore } = await bareCa()
  const entry = { serial: newSerial(), revokedAt: now() }
  const reason = (name: string | number) => ({ ...entry, reason: name as RevocationReason })
  const many = Array.from({ length: 100_001 }, (_, i) => ({
    ...entry,
    serial: (0x4000_0000 + i).toString(16),
  }))
  const orders: [string, Partial<CrlOrder>][] = [
    ['validity', { validityMs: 0 }],
    ['validity', { validityMs: -1 }],
    ['validity', { validityMs: NaN }],
    ['validity', { validityMs: days(36_500) }],
    ['crl-number', { number: 0n }],
    ['crl-number', { number: 1n << 159n }],
    ['duplicate', { revoked: [entry, entry] }],
    ['too-many', { revoked: many }],
    ...['unspecified', 'removeFromCRL', 'toString', 0, 8, 11].map(
      (name) => ['revocation-reason', { revoked: [reason(name)] }] as [string, Partial<CrlOrder>],
    ),
    ...['', '0', '00', '80', '0001', 'AB', '7g', `40${'00'.repeat(20)}`].map(
      (serial) => ['serial', { revoked: [{ ...entry, serial }] }] as [string, Partial<CrlOrder>],
    ),
    ...[new Date(NaN), new Date(0), new Date(Date.now() + 60_000)].map(
      (revokedAt) =>
        ['revocation-date', { revoked: [{ ...entry, revokedAt }] }] as [string, Partial<CrlOrder>],
    ),
  ]
  for (const [wanted, changes] of orders) {
    const error = await failureOf(() => keystore.issueCrl({ number: 1n, revoked: [], ...changes }))
    expect(error).toMatchObject({ code: 'refused', details: { reason: wanted } })
  }
})

it('K27: refuses to read a list of another CA, with another key identifier, or with a signature of another key', async () => {
  const [own, other] = [await bareCa(), await bareCa({ commonName: 'Other CA' })]
  const sameName = await bareCa()
  const read = (text: string) => failureOf(() => parseCrl(text, own.keystore.chain))
  expect(parseCrl(forgedCrl(own, {}), own.keystore.chain)).toMatchObject({ number: 1n })
  expect(await read(forgedCrl(other, {}))).toMatchObject({ details: { reason: 'other-ca' } })
  expect(await read(forgedCrl(own, { keyId: Buffer.alloc(20) }))).toMatchObject({
    details: { reason: 'other-ca' },
  })
  expect(await read(forgedCrl(sameName, { keyId: own.ca.keyId }))).toMatchObject({
    code: 'rejected',
    details: { reason: 'crl-signature' },
  })
})

it('K27: refuses to read what it would not write: reasons 0, 8 and 11, an unsorted or doubled serial, dates in reverse', async () => {
  const bare = await bareCa()
  const failure = async (text: string) =>
    (await failureOf(() => parseCrl(text, bare.keystore.chain))).code
  const [first, second] = ['41', '42'].map((serial) => ({ serial, revokedAt: now() }))
  if (first === undefined || second === undefined) throw new Error('two entries')
  const reasoned = { revoked: [{ ...first, reason: 'superseded' as const }] }
  for (const code of [0, 7, 8, 11, 127]) {
    const edit = (tbs: Buffer) => {
      const at = tbs.indexOf(Buffer.from('0a0104', 'hex'))
      tbs[at + 2] = code
      return tbs
    }
    expect(await failure(forgedCrl(bare, reasoned, edit))).toBe('refused')
  }
  expect(await failure(forgedCrl(bare, { revoked: [second, first] }))).toBe('malformed')
  expect(await failure(forgedCrl(bare, { revoked: [first, first] }))).toBe('malformed')
  const start = new Date(Date.now() + days(8))
  expect(await failure(forgedCrl(bare, { thisUpdate: start }))).toBe('malformed')
  expect(await failure(forgedCrl(bare, { number: 1n << 160n }))).toBe('malformed')
})

it('K27: refuses an issuing distribution point, a delta, a critical extension and an unknown one', async () => {
  const bare = await bareCa()
  const distributionPoint = sequence(oid('2.5.29.28'), yes(), octets(sequence()))
  const delta = sequence(oid('2.5.29.27'), yes(), octets(integer(1)))
  const unknown = sequence(oid('1.2.3.4'), octets(Buffer.from([5, 0])))
  for (const extension of [distributionPoint, delta, unknown]) {
    const edit = (tbs: Buffer) => withExtension(tbs, extension)
    const error = await failureOf(() => parseCrl(forgedCrl(bare, {}, edit), bare.keystore.chain))
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'crl-extension' } })
  }
})

/** Adds an extension to a list without entries. */
function withExtension(tbs: Buffer, extension: Buffer): Buffer {
  return withExtensions(tbs, (known) => [...known, extension])
}

/** Writes a list without entries again, with other extensions. */
function withExtensions(tbs: Buffer, edit: (known: [Buffer, Buffer]) => readonly Buffer[]): Buffer {
  const content = new DerCursor(tbs).take(TAG.sequence)
  const at = content.lastIndexOf(Buffer.from([0xa0]), content.indexOf('551d23', 'hex'))
  const known = new DerCursor(content.subarray(at)).enter(TAG.extensions).enter(TAG.sequence)
  const extensions = edit([known.takeWhole(TAG.sequence), known.takeWhole(TAG.sequence)])
  return sequence(content.subarray(0, at), context(0, sequence(...extensions)))
}

/** Marks an extension as one that every reader has to know. */
function asCritical(extension: Buffer): Buffer {
  const fields = new DerCursor(extension).enter(TAG.sequence)
  const [type, value] = [fields.takeWhole(TAG.oid), fields.takeWhole(TAG.octets)]
  return sequence(type, yes(), value)
}

/** Puts other bytes at a place behind the first occurrence of `mark`; all are hexadecimal. */
const patched = (mark: string, behind: number, bytes: string) => (tbs: Buffer) => {
  const at = tbs.indexOf(mark, 'hex')
  expect(at, mark).toBeGreaterThan(0)
  tbs.write(bytes, at + mark.length / 2 + behind, 'hex')
  return tbs
}

const asWritten = (tbs: Buffer) => tbs
const SHA_384 = sequence(oid('1.2.840.10045.4.3.3'))
const entry = { serial: '41', revokedAt: now(), reason: 'superseded' as const }
type Forgery = readonly [
  what: string,
  code: string,
  changes: Parameters<typeof forgedCrl>[1],
  edit: (tbs: Buffer) => Buffer,
]
const FORGERIES: readonly Forgery[] = [
  ['version 1', 'malformed', {}, patched('0201', 0, '00')],
  ['another algorithm in what is signed', 'malformed', {}, patched('2a8648ce3d0403', 0, '03')],
  ['an algorithm that its key does not have', 'rejected', { algorithm: SHA_384 }, asWritten],
  ['a month that no year has', 'malformed', {}, patched('170d', 2, '3133')],
  ['a number of 21 octets', 'malformed', { number: 1n << 159n }, asWritten],
  ['a number below zero', 'malformed', {}, patched('551d14', 4, 'ff')],
  ['an extension in place of its number', 'refused', {}, patched('551d', 0, '24')],
  ['an extension in place of a reason', 'refused', { revoked: [entry] }, patched('551d', 0, '18')],
  [
    'its number as a critical extension',
    'refused',
    {},
    (tbs) => withExtensions(tbs, ([id, number]) => [id, asCritical(number)]),
  ],
  [
    'its key identifier as a critical extension',
    'refused',
    {},
    (tbs) => withExtensions(tbs, ([id, number]) => [asCritical(id), number]),
  ],
  [
    'its extensions in reverse',
    'refused',
    {},
    (tbs) => withExtensions(tbs, (all) => all.reverse()),
  ],
  ['a serial below zero', 'malformed', { revoked: [{ ...entry, serial: '81' }] }, asWritten],
]

it.each(FORGERIES)(
  'K27: refuses to read a list that the CA has signed with %s',
  async (_, code, changes, edit) => {
    const bare = await bareCa()
    const text = forgedCrl(bare, changes, edit)
    expect(await failureOf(() => parseCrl(text, bare.keystore.chain))).toMatchObject({ code })
  },
)

it('K27: refuses to read a list that ends as it begins, and takes the greatest number of all', async () => {
  const bare = await bareCa()
  const moment = new Date(Date.UTC(2030, 0, 1))
  const times = { thisUpdate: moment, nextUpdate: new Date(moment.getTime() + 1000) }
  const number = (1n << 159n) - 1n
  const read = parseCrl(forgedCrl(bare, { ...times, number }), bare.keystore.chain)
  expect(read).toMatchObject({ ...times, number })
  const ended = forgedCrl(bare, { ...times, nextUpdate: moment })
  expect(await failureOf(() => parseCrl(ended, bare.keystore.chain))).toMatchObject({
    code: 'malformed',
  })
})

it('K27: refuses a list that has text around it, or other line ends', async () => {
  const { keystore } = await bareCa()
  const { crl } = await keystore.issueCrl({ number: 1n, revoked: [] })
  const spoilt = [`${crl}\n`, ` ${crl}`, crl + crl, crl.replaceAll('\n', '\r\n'), '', crl.slice(1)]
  for (const text of spoilt) {
    expect(await failureOf(() => parseCrl(text, keystore.chain))).toMatchObject({
      code: 'malformed',
    })
  }
})

it('takes a revocation from the beginning of the CA until now, and none a moment outside', async () => {
  const clock = createFakeClock(Date.UTC(2030, 0, 1))
  const { keystore, ca } = await bareCa({ clock })
  const [since, until] = [ca.notBefore.getTime(), clock.now()]
  const listAt = (ms: number) =>
    keystore.issueCrl({ number: 1n, revoked: [{ serial: '41', revokedAt: new Date(ms) }] })
  for (const ms of [since, until]) expect((await listAt(ms)).revoked).toHaveLength(1)
  for (const ms of [since - 1, until + 1]) {
    expect(await failureOf(() => listAt(ms))).toMatchObject({
      details: { reason: 'revocation-date' },
    })
  }
})

it('K25: writes dates up to 2049 as UTCTime and later ones as GeneralizedTime, to the second of the edge', async () => {
  const edge = Date.UTC(2050, 0, 1)
  const clock = createFakeClock(edge + 300_000)
  const { keystore } = await bareCa({ clock })
  const revoked = [
    { serial: '41', revokedAt: new Date(edge - 1) },
    { serial: '42', revokedAt: new Date(edge) },
  ]
  const { crl } = await keystore.issueCrl({ number: 1n, revoked })
  const read = parseCrl(crl, keystore.chain)
  expect(read.revoked.map(({ revokedAt }) => revokedAt.toISOString())).toEqual([
    '2049-12-31T23:59:59.000Z',
    '2050-01-01T00:00:00.000Z',
  ])
  const der = Buffer.from(crl.split('\n').slice(1, -2).join(''), 'base64').toString('latin1')
  expect(der).toContain('\x17\r491231235959Z')
  expect(der).toContain('\x18\x0f20500101000000Z')
  expect(der).toContain('\x18\x0f20500108000500Z')
})

it('dates a revocation no later than the beginning of the list', async () => {
  const { keystore } = await bareCa()
  const revoked = [{ serial: '41', revokedAt: now() }]
  const { crl, thisUpdate } = await keystore.issueCrl({ number: 1n, revoked })
  expect(parseCrl(crl, keystore.chain)).toMatchObject({ revoked: [{ revokedAt: thisUpdate }] })
})

it('a closed keystore issues no list, nor does a CA that has expired', async () => {
  const clock = createFakeClock()
  const { keystore } = await bareCa({ clock })
  clock.jump(days(3651))
  const order = { number: 1n, revoked: [] }
  expect(await failureOf(() => keystore.issueCrl(order))).toMatchObject({
    details: { reason: 'validity' },
  })
  await keystore.close()
  expect(await failureOf(() => keystore.issueCrl(order))).toMatchObject({ code: 'disposed' })
})

it.each(KEY_FAMILIES)(
  'a list that a key of %s signs is read back as it was ordered, sorted, valid from five minutes before now for seven days',
  async (algorithm) => {
    const { keystore } = await bareCa({ algorithm })
    const [low, high] = [`00${'f'.repeat(38)}`, `5${'0'.repeat(39)}`]
    const at = new Date(Math.floor(Date.now() / 1000 - 600) * 1000)
    const revoked = [
      { serial: high, revokedAt: at, reason: 'keyCompromise' as const },
      { serial: low, revokedAt: at },
      { serial: '7f', revokedAt: at, reason: 'aACompromise' as const },
    ]
    const issued = await keystore.issueCrl({ number: 200n, revoked })
    const read = parseCrl(issued.crl, keystore.chain)
    expect(read).toEqual({
      number: 200n,
      thisUpdate: issued.thisUpdate,
      nextUpdate: issued.nextUpdate,
      revoked: [revoked[2], revoked[1], revoked[0]],
    })
    expect(Math.abs(read.thisUpdate.getTime() + 5 * 60_000 - Date.now())).toBeLessThan(60_000)
    expect(Math.abs(read.nextUpdate.getTime() - days(7) - Date.now())).toBeLessThan(60_000)
  },
)

it('K27: says what to do with a list that is of another CA, does not verify, or has what OpenVPN does not accept', async () => {
  const own = await bareCa()
  const twin = await bareCa()
  const messageOf = async (text: string) =>
    (await failureOf(() => parseCrl(text, own.keystore.chain))).message
  expect(await messageOf(forgedCrl(own, { keyId: Buffer.alloc(20) }))).toContain(
    'remove it, and publish that of this CA',
  )
  const forged = await messageOf(forgedCrl(twin, { keyId: own.ca.keyId }))
  expect(forged).toContain('remove it and publish a new list, and find out who wrote this one')
  const reason = patched('551d', 0, '18')
  const number = patched('551d', 0, '24')
  expect(await messageOf(forgedCrl(own, { revoked: [entry] }, reason))).toMatch(
    /^an entry of the revocation list .* publish a new list$/,
  )
  expect(await messageOf(forgedCrl(own, {}, number))).toMatch(/^the list of the revocation list /)
})
