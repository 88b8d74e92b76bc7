import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFakeClock } from '@rekey/secret'
import { expect, it } from 'vitest'
import { days, failureOf, freshPath } from '../../test/ca.support.ts'
import { bareCa } from '../../test/crl/crl.support.ts'
import { listsOf } from '../ca-keystore.ts'
import type { ListOrder } from './list-state.ts'

const START_MS = Date.UTC(2030, 0, 1)
/** A list begins that much before it is signed. */
const EARLIER_MS = 300_000

async function newLists(directory = freshPath()) {
  const clock = createFakeClock(START_MS)
  const { keystore, ca } = await bareCa({ clock, directory })
  const entry = { serial: '41', revokedAt: new Date(START_MS), notAfter: ca.notAfter }
  const lists = listsOf(keystore)
  const sign = (number: bigint, revoked: ListOrder['revoked']) => lists.sign({ number, revoked })
  return { clock, directory, entry, lists, sign }
}

it('K41: signs the number after the last one alone', async () => {
  const { sign } = await newLists()
  for (const number of [0n, 2n]) {
    expect(await failureOf(() => sign(number, []))).toMatchObject({
      details: { reason: 'crl-number' },
    })
  }
  await sign(1n, [])
  for (const number of [1n, 3n]) {
    expect(await failureOf(() => sign(number, []))).toMatchObject({
      details: { reason: 'crl-number' },
    })
  }
  expect((await sign(2n, [])).issued.number).toBe(2n)
})

it('K41: signs no list without a revocation of the last one, or with another reason for it', async () => {
  const { sign, entry } = await newLists()
  const compromised = { ...entry, reason: 'keyCompromise' as const }
  await sign(1n, [compromised])
  for (const revoked of [[], [entry], [{ ...entry, reason: 'superseded' as const }]]) {
    expect(await failureOf(() => sign(2n, revoked))).toMatchObject({
      details: { reason: 'crl-shorter', serial: '41' },
    })
  }
  expect((await sign(2n, [compromised])).issued.revoked).toHaveLength(1)
})

it('K41: a revocation leaves once a list began after the end of its certificate, by the latest end that was given', async () => {
  const { sign, entry, clock } = await newLists()
  const notAfter = new Date(START_MS + days(1))
  await sign(1n, [{ ...entry, notAfter }])
  // A publisher that gives an earlier end later does not shorten it.
  await sign(2n, [{ ...entry, notAfter: new Date(START_MS + 1000) }])
  await clock.advance(days(1) + EARLIER_MS)
  await sign(3n, [{ ...entry, notAfter }])
  expect(await failureOf(() => sign(4n, []))).toMatchObject({ details: { reason: 'crl-shorter' } })
  await clock.advance(1000)
  await sign(4n, [{ ...entry, notAfter }])
  expect((await sign(5n, [])).issued.revoked).toEqual([])
})

it('K26: signs no list while the number beside the key is of one that is not here', async () => {
  const { sign, directory } = await newLists()
  await writeFile(join(directory, 'crl.number'), '1\n', { mode: 0o600 })
  expect(await failureOf(() => sign(1n, []))).toMatchObject({
    code: 'missing',
    details: { reason: 'crl-lost' },
  })
})

it('K41: continues from the newest register that its key has signed, and from no older one', async () => {
  const { sign, lists, entry } = await newLists()
  expect(await lists.continueFrom({})).toBeUndefined()
  const [first, second] = [await sign(1n, []), await sign(2n, [entry])]
  for (const known of [{ register: first.register }, { list: first.issued.crl }, {}]) {
    expect(await lists.continueFrom(known)).toMatchObject({ number: 2n, revoked: [entry] })
  }
  const other = await newLists()
  for (const known of [{ register: second.register }, { list: second.issued.crl }]) {
    expect(await failureOf(() => other.lists.continueFrom(known))).toMatchObject({
      code: 'rejected',
    })
  }
})

it('K41: believes no state that another key has signed', async () => {
  const { sign, directory } = await newLists()
  await sign(1n, [])
  const other = await newLists(directory)
  expect(await failureOf(() => other.sign(1n, []))).toMatchObject({
    code: 'rejected',
    details: { reason: 'list-state' },
  })
})
