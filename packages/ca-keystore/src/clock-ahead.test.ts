import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, createFakeClock } from '@rekey/secret'
import { expect, it } from 'vitest'
import { days, freshPath, newIntermediate, openHeld, orderFor } from '../test/ca.support.ts'
import { newSerial } from '../test/crl/crl.support.ts'
import { openRevocationLists } from './index.ts'
import type { PublishedLists } from './internal.ts'

/** An issuing CA, the list of its root, and its lists. */
async function newPlace() {
  const { directory, passphrase, root } = await newIntermediate()
  const lists = freshPath()
  await mkdir(lists, { mode: 0o700 })
  const rootLists = { keystores: [root], directory: lists, validityMs: days(366) }
  await (await openRevocationLists(rootLists)).close()
  /** One start of a service that issues a certificate and revokes another. */
  const start = async (clock: Clock) => {
    const keystore = await openHeld({ directory, passphrase, clock })
    const revocation = { serial: newSerial(), notAfter: keystore.notAfter }
    await using opened = await openRevocationLists({
      keystores: [keystore],
      directory: lists,
      clock,
    })
    await opened.renew()
    await opened.revoke([revocation])
    const { notBefore } = await keystore.issueCertificate(orderFor({ validityMs: days(2) }))
    const published = await opened.read()
    await keystore.close()
    return { revocation, notBefore, published }
  }
  return { directory, passphrase, start }
}

function expectValidAt(nowMs: number, published: PublishedLists | undefined): void {
  expect(published?.lists).toHaveLength(2)
  for (const { thisUpdate, nextUpdate } of published?.lists ?? []) {
    expect(thisUpdate.getTime()).toBeLessThanOrEqual(nowMs)
    expect(nextUpdate.getTime()).toBeGreaterThan(nowMs)
  }
}

it.each([
  ['an hour', 1 / 24],
  ['a day', 1],
  ['a year', 365],
])(
  'K39: after one start whose clock is %s ahead, lists and certificates are valid by the right one',
  async (_, ahead) => {
    const { directory, start } = await newPlace()
    const clock = createFakeClock(Date.now())
    await start(clock)
    const wrong = await start(createFakeClock(clock.now() + days(ahead)))
    expectValidAt(clock.now(), wrong.published)
    expectValidAt(clock.now() + days(ahead), wrong.published)
    expect(wrong.notBefore.getTime()).toBeLessThanOrEqual(clock.now())
    const right = await start(clock)
    expectValidAt(clock.now(), right.published)
    for (const { revocation } of [wrong, right]) {
      expect(right.published?.serials).toContain(revocation.serial)
    }
    const [own] = (right.published?.lists ?? []).filter(({ revoked }) => revoked.length > 0)
    expect(own?.nextUpdate.getTime()).toBeLessThanOrEqual(clock.now() + days(7))
    const recorded = Date.parse((await readFile(join(directory, 'ca.clock'), 'utf8')).trim())
    expect(recorded).toBeLessThanOrEqual(clock.now())
  },
)

it('K39: a clock that was not corrected for a day in one process is believed', async () => {
  const { directory, passphrase, start } = await newPlace()
  const clock = createFakeClock(Date.now())
  await start(clock)
  clock.jump(days(30))
  const keystore = await openHeld({ directory, passphrase, clock })
  const lateMs = async () => {
    const { notBefore } = await keystore.issueCertificate(orderFor())
    return clock.now() - notBefore.getTime()
  }
  expect(await lateMs()).toBeGreaterThan(days(30))
  await clock.advance(days(1))
  expect(await lateMs()).toBeLessThan(days(1 / 24))
})
