import { createFakeClock } from '@rekey/secret'
import { beforeEach, expect, it, vi } from 'vitest'
import { days, failureOf } from '../../test/ca.support.ts'
import { bareCa } from '../../test/crl/crl.support.ts'
import type { CrlContent } from './encode-crl.ts'
import type { RevokedCertificate } from './revoked-certificate.ts'

/** Damages what is written of a list before it is signed, as a fault of the memory would. */
const { fault } = vi.hoisted(() => ({ fault: { edit: (content: CrlContent) => content } }))
vi.mock('./encode-crl.ts', async (load) => {
  const original = await load<typeof import('./encode-crl.ts')>()
  const encodeTbsCertList = (content: CrlContent) => original.encodeTbsCertList(fault.edit(content))
  return { ...original, encodeTbsCertList }
})
beforeEach(() => {
  fault.edit = (content) => content
})

const NOW_MS = Date.UTC(2030, 0, 1)
const at = (ms: number) => new Date(NOW_MS + ms)
const revoked: readonly RevokedCertificate[] = [
  { serial: '41', revokedAt: at(-600_500), reason: 'superseded' },
  { serial: '42', revokedAt: at(-600_000) },
]
const { keystore } = await bareCa({ clock: createFakeClock(NOW_MS) })
const issue = (validityMs?: number) =>
  keystore.issueCrl({ number: 5n, revoked, ...(validityMs !== undefined && { validityMs }) })

/** Changes the first revocation of a list. */
const withFirst = (changes: Partial<RevokedCertificate>) => (content: CrlContent) => ({
  ...content,
  revoked: content.revoked.map((one, n) => (n === 0 ? { ...one, ...changes } : one)),
})

it.each<[what: string, edit: (content: CrlContent) => CrlContent]>([
  ['another number', (content) => ({ ...content, number: 6n })],
  ['another beginning', (content) => ({ ...content, thisUpdate: at(-299_000) })],
  ['another end', (content) => ({ ...content, nextUpdate: at(days(7) + 1000) })],
  ['no revocation', (content) => ({ ...content, revoked: [] })],
  ['a revocation less', (content) => ({ ...content, revoked: content.revoked.slice(0, 1) })],
  [
    'a revocation more',
    (content) => ({
      ...content,
      revoked: [...content.revoked, { serial: '43', revokedAt: at(0) }],
    }),
  ],
  ['another serial', withFirst({ serial: '40' })],
  ['another reason', withFirst({ reason: 'keyCompromise' })],
  ['a revocation a second later', withFirst({ revokedAt: at(-599_500) })],
])(
  'throws a list away that was signed with %s, and says to check the hardware',
  async (_, edit) => {
    fault.edit = edit
    const error = await failureOf(issue)
    expect(error).toMatchObject({ code: 'rejected', details: { reason: 'signing-fault' } })
    expect(error.message).toContain('check the hardware and restart')
  },
)

it('gives the list as it was ordered: for seven days, or as long as it says', async () => {
  const times = { thisUpdate: at(-300_000), nextUpdate: at(days(7)) }
  expect(await issue()).toMatchObject({ number: 5n, revoked, ...times })
  expect((await issue(days(366))).nextUpdate).toEqual(at(days(366)))
  expect(await failureOf(() => issue(days(366) + 1))).toMatchObject({
    details: { reason: 'validity' },
  })
})

it.each([0n, -1n, 1n << 159n])(
  'refuses the number %i, and says which one to order',
  async (number) => {
    const error = await failureOf(() => keystore.issueCrl({ number, revoked: [] }))
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'crl-number' } })
    expect(error.message).toContain('order the number after that of the last list')
  },
)

it.each([1n, (1n << 159n) - 1n])('takes the number %i', async (number) => {
  expect((await keystore.issueCrl({ number, revoked: [] })).number).toBe(number)
})
