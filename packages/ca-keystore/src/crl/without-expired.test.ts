import { expect, it } from 'vitest'
import { notAhead } from './not-ahead.ts'
import type { Crl } from './parse-crl.ts'
import type { RegisteredRevocation } from './revocation-register.ts'
import { bySerial, withoutExpired } from './without-expired.ts'

const NOW_MS = Date.UTC(2030, 0, 1)
const at = (ms: number) => new Date(NOW_MS + ms)
const revocation = (serial: string, changes: Partial<RegisteredRevocation> = {}) => ({
  ...{ serial, revokedAt: at(-1000), notAfter: at(1000) },
  ...changes,
})
const listOf = (thisUpdate: Date, ...serials: readonly string[]): Crl => ({
  ...{ number: 1n, thisUpdate, nextUpdate: at(10_000) },
  revoked: serials.map((serial) => revocation(serial)),
})

const ended = revocation('41', { notAfter: at(-5001) })
const edge = revocation('42', { notAfter: at(-5000) })
const valid = revocation('43')
const all = bySerial([ended, edge, valid])

it('keeps the revocations by their serials', () => {
  expect([...all]).toEqual([
    ['41', ended],
    ['42', edge],
    ['43', valid],
  ])
})

it.each<[what: string, published: Crl | undefined, kept: readonly RegisteredRevocation[]]>([
  ['without a list before', undefined, [ended, edge, valid]],
  ['after a list that had it', listOf(at(-5000), '41', '42', '43'), [edge, valid]],
  ['after a list that did not have it', listOf(at(-5000), '42'), [ended, edge, valid]],
  ['after a list from before its end', listOf(at(-5001), '41'), [ended, edge, valid]],
])(
  'leaves out a certificate that has ended %s if it was on one that began later',
  (_, published, kept) => {
    expect(withoutExpired(all, published, NOW_MS)).toEqual(kept)
  },
)

it('ends no certificate by a list of a clock that was ahead', () => {
  const ahead = listOf(at(60_000), '43')
  expect(withoutExpired(bySerial([valid]), ahead, NOW_MS)).toEqual([valid])
  expect(withoutExpired(bySerial([valid]), ahead, NOW_MS + 1001)).toEqual([])
})

it('dates a known revocation of the future as of now, and leaves a new one and those before as they are', () => {
  const [early, now, late] = [-1, 0, 1].map((ms) => revocation(`4${ms + 2}`, { revokedAt: at(ms) }))
  const added = revocation('49', { revokedAt: at(1) })
  const known = bySerial([early, now, late].filter((one) => one !== undefined))
  const wanted = new Map([...known, [added.serial, added] as const])
  expect([...notAhead(wanted, known, NOW_MS).values()]).toEqual([
    ...[early, now],
    { ...late, revokedAt: at(0) },
    added,
  ])
})
