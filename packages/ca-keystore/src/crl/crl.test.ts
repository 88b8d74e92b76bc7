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
  const content = new DerCursor(tbs).take(TAG.sequence)
  const at = content.lastIndexOf(Buffer.from([0xa0]), content.indexOf('551d23', 'hex'))
  const inner = content.subarray(at + 4)
  const extensions = context(0, sequence(inner, extension))
  return sequence(content.subarray(0, at), extensions)
}

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
