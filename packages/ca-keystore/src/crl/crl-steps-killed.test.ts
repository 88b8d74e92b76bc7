// @lane servers
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { recordKills } from '@rekey/testbed/file-steps'
import { expect, it } from 'vitest'
import { openCrlPublisher, openRevocationLists } from '../index.ts'
import { parseCrl, requestRevocation } from '../internal.ts'
import { checkEach, failEach, leftoversIn, movedTo, newPlace } from '../../test/kills.support.ts'
import { bareCa, newSerial } from '../../test/crl/crl.support.ts'

/** A CA whose key is in this process, with the directories of its keystore and its lists. */
async function newCa() {
  const place = await newPlace()
  for (const name of ['ca', 'lists']) await mkdir(join(place, name), { mode: 0o700 })
  const { keystore, ca } = await bareCa({ directory: join(place, 'ca') })
  const optionsAt = (at: string) => ({
    keystore: movedTo(join(at, 'ca'), keystore),
    directory: join(at, 'lists'),
  })
  return { place, ca, optionsAt }
}

it('K14, K26: a publisher that is killed at any step loses no revocation that was confirmed, and never counts back', async () => {
  const { place, ca, optionsAt } = await newCa()
  const confirmed: string[] = []
  let number = 0n
  const publish = async () => {
    await using publisher = await openCrlPublisher(optionsAt(place))
    for (let count = 0; count < 2; count += 1) {
      const serial = newSerial()
      await publisher.revoke({ serial, notAfter: ca.notAfter })
      confirmed.push(serial)
      number = BigInt(publisher.health().number ?? '0')
    }
  }
  const states = await recordKills(place, publish, () => ({ serials: [...confirmed], number }))
  await checkEach(states, 50, async (left, mark) => {
    await using publisher = await openCrlPublisher(optionsAt(left))
    const first = BigInt(publisher.health().number ?? '0')
    expect(first >= mark.number && first > 0n).toBe(true)
    await publisher.renew()
    expect(BigInt(publisher.health().number ?? '0')).toBe(first + 1n)
    expect(publisher.health()).toMatchObject({ state: 'fresh', isBehind: false })
    const revoked = publisher.health().revoked
    for (const serial of mark.serials) await publisher.revoke({ serial, notAfter: ca.notAfter })
    // Each was on the list already.
    expect(publisher.health().revoked).toBe(revoked)
    expect(await leftoversIn(left)).toEqual([])
  })
}, 300_000)

it('K14: the lists of a service that is killed at any step publish each request that was recorded, also for another process', async () => {
  const { place, optionsAt } = await newCa()
  const confirmed: string[] = []
  const openAt = (at: string) => {
    const { keystore, directory } = optionsAt(at)
    return openRevocationLists({ keystores: [keystore], directory, everyMs: 3_600_000 })
  }
  const revoke = async () => {
    await using lists = await openAt(place)
    for (let count = 0; count < 2; count += 1) {
      const serial = newSerial()
      await lists.revoke([{ serial }])
      confirmed.push(serial)
    }
    const serial = newSerial()
    const { directory } = optionsAt(place)
    await requestRevocation({ directory, requests: [{ serial }], limitMs: 1 }).catch(() => {
      confirmed.push(serial)
    })
  }
  const states = await recordKills(place, revoke, () => [...confirmed])
  await checkEach(states, 70, async (left, serials) => {
    await using lists = await openAt(left)
    const published = (await lists.read())?.serials
    expect([...(published ?? [])]).toEqual(expect.arrayContaining(serials))
    expect(await lists.health()).toMatchObject({ state: 'fresh', waiting: 0, isPublisher: true })
    expect(await readdir(join(left, 'lists/requests'))).toEqual([])
    expect(await leftoversIn(left)).toEqual([])
  })
}, 300_000)

it('K13: a publisher whose disk fails at any step keeps a list that is whole, and publishes what it confirmed once the disk is mended', async () => {
  const { place, ca, optionsAt } = await newCa()
  const [first, second] = [newSerial(), newSerial()]
  const revokeAt = async (at: string, serial: string) => {
    const publisher = await openCrlPublisher(optionsAt(at))
    try {
      await publisher.revoke({ serial, notAfter: ca.notAfter })
    } finally {
      // Its lock cannot be removed from a read-only disk; the first error is the one that counts.
      await publisher.close().catch(() => undefined)
    }
  }
  await revokeAt(place, first)
  await failEach(
    place,
    (at) => revokeAt(at, second),
    async (at, isDone) => {
      const list = parseCrl(await readFile(join(at, 'lists/crl.pem'), 'utf8'), ca.chain)
      const serials = list.revoked.map(({ serial }) => serial)
      expect(serials).toEqual(expect.arrayContaining(isDone ? [first, second] : [first]))
      await revokeAt(at, second)
      await using publisher = await openCrlPublisher(optionsAt(at))
      expect(publisher.health()).toMatchObject({ revoked: 2, isBehind: false })
      expect(BigInt(publisher.health().number ?? '0') >= list.number).toBe(true)
    },
  )
}, 300_000)
