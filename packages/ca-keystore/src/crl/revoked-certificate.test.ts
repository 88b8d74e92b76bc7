import { expect, it } from 'vitest'
import { failureOf } from '../../test/ca.support.ts'
import {
  compareSerials,
  isSerial,
  MAX_REVOKED,
  REASON_CODES,
  reasonOf,
  REASONS,
  type RevokedCertificate,
  sortedRevoked,
} from './revoked-certificate.ts'

const [SINCE_MS, NOW_MS] = [Date.UTC(2030, 0, 1), Date.UTC(2030, 0, 2)]
const revoked = (changes: Partial<RevokedCertificate> = {}): RevokedCertificate => ({
  ...{ serial: '41', revokedAt: new Date(SINCE_MS) },
  ...changes,
})
const sorted = (...all: readonly RevokedCertificate[]) => sortedRevoked(all, SINCE_MS, NOW_MS)

it.each([
  '01',
  '7f',
  '0080',
  '00ff',
  '0100',
  '7fff',
  `7f${'ff'.repeat(19)}`,
  `00${'ff'.repeat(19)}`,
])('takes %s for the serial of a certificate', (serial) => {
  expect(isSerial(serial)).toBe(true)
})

it.each([
  ['an empty text', ''],
  ['half of an octet', '1'],
  ['an octet and a half', '411'],
  ['zero', '00'],
  ['zero of two octets', '0000'],
  ['a number below zero', '80'],
  ['the greatest number below zero', 'ff'],
  ['a number below zero of two octets', 'a000'],
  ['a zero that the number does not need', '007f'],
  ['21 octets', `41${'00'.repeat(20)}`],
  ['capitals', '4A'],
  ['a letter that is no digit', '4g'],
  ['a blank before it', ' 41'],
  ['a line feed behind it', '41\n'],
])('takes %s for no serial', (_, serial) => {
  expect(isSerial(serial)).toBe(false)
})

it('orders serials as numbers: the shorter one first, then by their digits', () => {
  const ordered = ['02', '7f', '0080', '0081', '0100', '410000']
  expect(ordered.toReversed().toSorted(compareSerials)).toEqual(ordered)
  expect(compareSerials('41', '41')).toBe(0)
  expect(sorted(...ordered.toReversed().map((serial) => revoked({ serial })))).toEqual(
    ordered.map((serial) => revoked({ serial })),
  )
})

it('has the codes of RFC 5280 for its reasons, and no reason for any other code', () => {
  expect(REASONS.map((reason) => REASON_CODES[reason])).toEqual([1, 2, 3, 4, 5, 6, 9, 10])
  for (const reason of REASONS) expect(reasonOf(REASON_CODES[reason])).toBe(reason)
  for (const code of [-1, 0, 7, 8, 11, 255]) expect(reasonOf(code)).toBeUndefined()
})

it.each<[reason: string, names: string, all: readonly RevokedCertificate[]]>([
  ['serial', 'serial', [revoked({ serial: '80' })]],
  ['revocation-date', 'in the future', [revoked({ revokedAt: new Date(NOW_MS + 1) })]],
  ['revocation-date', 'before the CA existed', [revoked({ revokedAt: new Date(SINCE_MS - 1) })]],
  ['revocation-reason', 'reason', [revoked({ reason: 'unspecified' as 'superseded' })]],
  ['duplicate', 'twice', [revoked(), revoked({ serial: '42' }), revoked()]],
])('refuses a list with a wrong %s, and says to correct the order', async (reason, names, all) => {
  const error = await failureOf(() => sorted(...all))
  expect(error).toMatchObject({ code: 'refused', details: { reason } })
  expect(error.message).toContain(names)
  expect(error.message).toContain('correct the order')
})

it('takes as many certificates as a list may have, and says to rotate the CA for one more', async () => {
  const many = Array.from({ length: MAX_REVOKED + 1 }, (_, at) =>
    revoked({ serial: (0x4000_0000 + at).toString(16) }),
  )
  expect(sorted(...many.slice(1))).toHaveLength(MAX_REVOKED)
  const error = await failureOf(() => sorted(...many))
  expect(error.details).toEqual({ reason: 'too-many' })
  expect(error.message).toContain('rotate the CA')
})
