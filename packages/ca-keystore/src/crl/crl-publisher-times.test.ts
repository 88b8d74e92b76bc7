import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFakeClock, SecretError } from '@rekey/secret'
import { expect, it, onTestFinished } from 'vitest'
import { days, failureOf } from '../../test/ca.support.ts'
import { bareCa, forgedCrl } from '../../test/crl/crl.support.ts'
import { newDirectory, newPlace, newRevocation } from '../../test/crl/publisher.support.ts'
import { createCaKeystore, issuerOf, listsOf, registerParts } from '../ca-keystore.ts'

const HOUR_MS = 60 * 60_000
const START_MS = Date.UTC(2030, 0, 1)

it('K15: removes the drafts of its files that a killed process has left beside lists and key, and nothing else', async () => {
  const { directory, keystore, open } = await newPlace()
  const places = [directory, issuerOf(keystore).directory]
  const drafts = [
    'crl.pem.0a.tmp',
    'crl.number.1.tmp',
    'crl.state.2f.tmp',
    'crl-bundle.pem.3.tmp',
    'ca.clock.4.tmp',
    'revocations.json.5.tmp',
  ]
  const others = [
    'crl.pem.xy.tmp',
    'my-crl.pem.0a.tmp',
    'crl.pem.0a.tmp.bak',
    'crl.pem..tmp',
    'ca.key.0a.tmp',
  ]
  for (const place of places) {
    for (const name of [...drafts, ...others]) await writeFile(join(place, name), '')
  }
  await open()
  for (const place of places) {
    const names = await readdir(place)
    expect(names.filter((name) => drafts.includes(name))).toEqual([])
    expect(names).toEqual(expect.arrayContaining(others))
  }
})

it.each([
  ['a moment before a third of its validity', 3 * HOUR_MS, HOUR_MS - 1, 1n],
  ['after a third of its validity', 3 * HOUR_MS, HOUR_MS, 2n],
  ['for a validity that is shorter by five minutes', 3 * HOUR_MS - 300_000, 0, 1n],
  ['for a validity that is shorter by more', 3 * HOUR_MS - 300_001, 0, 2n],
  ['for a longer validity, before a third of its own', 9 * HOUR_MS, HOUR_MS - 300_000, 1n],
])(
  'a publisher that is opened %s has the list of number',
  async (_, validityMs, passedMs, number) => {
    const clock = createFakeClock(START_MS)
    const { open, published } = await newPlace(clock)
    await (await open({ validityMs: 3 * HOUR_MS })).close()
    await clock.advance(passedMs)
    await open({ validityMs })
    expect((await published()).number).toBe(number)
  },
)

it('looks for a list that is due six times in its validity, and each minute at least', async () => {
  for (const [validityMs, everyMs] of [
    [60_000, 10_000],
    [HOUR_MS, 60_000],
  ] as const) {
    const clock = createFakeClock(START_MS)
    const { open, published } = await newPlace(clock)
    await (await open({ validityMs })).close()
    const thirdMs = validityMs / 3
    // Its first look is just before the list is due, so the next one renews it.
    await clock.advance(thirdMs - everyMs - 1)
    const publisher = await open({ validityMs })
    await clock.advance(everyMs)
    expect(publisher.health().number).toBe('1')
    await clock.advance(everyMs)
    await expect.poll(() => publisher.health().number).toBe('2')
    expect((await published()).number).toBe(2n)
  }
})

it('goes on after a renewal that failed, at the next look', async () => {
  const clock = createFakeClock(START_MS)
  const { keystore, open } = await newPlace(clock)
  const lists = listsOf(keystore)
  let isFailing = false
  const sign: typeof lists.sign = (order) =>
    isFailing ? Promise.reject(new Error('the signer is gone')) : lists.sign(order)
  const issuer = issuerOf(keystore)
  const failing = Object.create(keystore) as typeof keystore
  registerParts(failing, { issuer: () => issuer, lists: { ...partsOf(lists), sign } })
  const publisher = await open({ keystore: failing, validityMs: 3 * HOUR_MS })
  isFailing = true
  await clock.advance(HOUR_MS)
  await expect.poll(() => publisher.health().problem).toBe('failed')
  isFailing = false
  await clock.advance(60_000)
  await expect.poll(() => publisher.health()).toMatchObject({ number: '2', isBehind: false })
  expect(publisher.health()).not.toHaveProperty('problem')
})

/** The parts of a signer of lists that are no methods of a class. */
function partsOf(lists: ReturnType<typeof listsOf>): ReturnType<typeof listsOf> {
  return {
    continueFrom: (known) => lists.continueFrom(known),
    isCompromised: (spki) => lists.isCompromised(spki),
    sign: (order) => lists.sign(order),
  }
}

it('K41: continues a list that was signed and of which no answer came', async () => {
  const { keystore, open, published, serials } = await newPlace()
  const [lists, issuer] = [listsOf(keystore), issuerOf(keystore)]
  let isLost = false
  const sign: typeof lists.sign = async (order) => {
    const signed = await lists.sign(order)
    if (isLost) throw new SecretError('unreachable', 'the signer did not answer; try again')
    return signed
  }
  const losing = Object.create(keystore) as typeof keystore
  registerParts(losing, { issuer: () => issuer, lists: { ...partsOf(lists), sign } })
  const publisher = await open({ keystore: losing })
  isLost = true
  const [first, second] = [newRevocation(), newRevocation()]
  expect(await failureOf(() => publisher.revoke(first))).toMatchObject({ code: 'unreachable' })
  expect(publisher.health()).toMatchObject({ number: '1', problem: 'unreachable' })
  isLost = false
  await publisher.revoke(second)
  expect((await published()).number).toBe(3n)
  expect((await serials()).toSorted()).toEqual([first.serial, second.serial].toSorted())
})

it.each([
  ['as long before now as the clock went ahead', false, days(1)],
  ['five minutes before now where an operator confirms the clock', true, 0],
])('begins a list of a CA that was in use %s', async (_, confirmsClock, aheadMs) => {
  const clock = createFakeClock(START_MS)
  const { keystore, open, published } = await newPlace(clock)
  await (await open()).close()
  const issuer = issuerOf(keystore)
  clock.jump(days(1))
  const again = createCaKeystore({ ...issuer })
  onTestFinished(() => again.close())
  const publisher = await open({ keystore: again, confirmsClock })
  await publisher.renew()
  const { thisUpdate } = await published()
  expect(thisUpdate.getTime()).toBe(clock.now() - 300_000 - aheadMs)
  const known = await readFile(join(issuer.directory, 'ca.clock'), 'utf8')
  expect(Date.parse(known.trimEnd())).toBe(clock.now() - aheadMs)
})

it('publishes a bundle with the lists of other generations, anew whenever it is opened', async () => {
  const [{ directory, open, path, published }, other] = [
    await newPlace(),
    await bareCa({ commonName: 'Other CA' }),
  ]
  const crl = join(await newDirectory(), 'crl.pem')
  await writeFile(crl, forgedCrl(other, {}))
  const bundle = { chains: [other.keystore.chain], crls: [crl] }
  const read = () => readFile(join(directory, 'crl-bundle.pem'), 'utf8')
  for (const number of [1n, 2n]) {
    await (await open({ bundle })).close()
    expect((await published()).number).toBe(number)
    expect(await read()).toBe((await readFile(path, 'utf8')) + (await readFile(crl, 'utf8')))
  }
  await (await open()).close()
  expect((await published()).number).toBe(2n)
  await writeFile(crl, '')
  expect((await failureOf(() => open({ bundle }))).code).toBe('malformed')
})

it('says what to do where the clock is behind, an end is no date, or it is closed', async () => {
  const clock = createFakeClock(START_MS)
  const { directory, open } = await newPlace(clock)
  const publisher = await open()
  const messageOf = async (attempt: () => unknown) => (await failureOf(attempt)).message
  const endless = newRevocation({ notAfter: new Date(NaN) })
  expect(await messageOf(() => publisher.revoke(endless))).toContain('give its notAfter')
  clock.jump(-300_001)
  const behind = await messageOf(() => publisher.renew())
  expect(behind).toContain(`behind the revocation list in ${directory}; set the clock`)
  expect(behind).toContain('made while the clock was ahead')
  await publisher.close()
  await publisher.close()
  expect(await messageOf(() => publisher.renew())).toContain('open it again')
})

it('K26: says to restore the list where it is older than the number beside the key', async () => {
  const { directory, keystore, open } = await newPlace()
  const { directory: key } = issuerOf(keystore)
  const publisher = await open()
  await publisher.renew()
  await publisher.close()
  await writeFile(join(key, 'crl.number'), '9\n')
  const lost = await failureOf(() => open())
  expect(lost).toMatchObject({ code: 'missing', details: { directory } })
  expect(lost.message).toContain('restore the newest of them from a backup')
  expect(lost.message).toContain(`revocations.json in ${directory}`)
})

it('names the lock where it cannot be taken', async () => {
  const { keystore, open } = await newPlace()
  const lock = join(issuerOf(keystore).directory, 'crl.lock')
  await mkdir(lock)
  expect((await failureOf(() => open())).message).toContain(lock)
})
