import { rotate } from '@rekey/rekey/engine'
import { createFakeClock } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { beforeAll, expect, it } from 'vitest'
import { dueAt, renewalDue } from './index.ts'
import {
  HOURS,
  issueText,
  NAME,
  openTestCa,
  setUp,
  shownBy,
  type TestCa,
} from '../../test/rotate/tls-kind.support.ts'

let ca: TestCa
beforeAll(async () => {
  ca = await openTestCa()
})

it('is due when two thirds of the life of the certificate are over', () => {
  const validity = { notBefore: new Date(0), notAfter: new Date(24 * HOURS) }
  const clock = createFakeClock(0)
  const due = [0, 15.9, 16, 24, 25].map((hour) => {
    clock.jump(hour * HOURS - clock.now())
    return renewalDue(validity, clock.now())
  })
  expect(due).toEqual([false, false, true, true, true])
})

it('renews before the end by the same rotation, and is not due again until the next one ages', async () => {
  const issuedAt = Date.now() - 17 * HOURS
  const first = await issueText(ca.signer({ agoMs: 17 * HOURS }))
  const { store, replicas, options, kind } = await setUp(ca, first)
  const clock = createFakeClock(issuedAt)
  const isDue = async () => clock.now() >= dueAt((await store.read(NAME)).current).getTime()
  expect(await isDue()).toBe(false)
  clock.jump(17 * HOURS)
  expect(await isDue()).toBe(true)
  await rotate(kind(), options)
  expect(await isDue()).toBe(false)
  for (const replica of replicas) expect(await shownBy(replica, ca.trust)).not.toBe('')
  clock.jump(17 * HOURS)
  expect(await isDue()).toBe(true)
})

it('reads when a certificate was due that has expired', async () => {
  const source = createMemoryStore({ [NAME]: await issueText(ca.signer({ agoMs: 48 * HOURS })) })
  const due = dueAt((await source.read(NAME)).current).getTime()
  expect(due).toBeLessThan(Date.now() - 24 * HOURS)
})

it('says what to do about a secret that holds no certificate', async () => {
  const source = createMemoryStore({
    [NAME]: (await issueText(ca.signer())).split('-----BEGIN CERT')[0] ?? '',
  })
  const { current } = await source.read(NAME)
  expect(() => dueAt(current)).toThrow(expect.objectContaining({ code: 'malformed' }))
})
