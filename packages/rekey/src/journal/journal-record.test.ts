import { randomBytes } from 'node:crypto'
import { Secret, SecretError } from '@rekey/secret'
import { expect, it } from 'vitest'
import { type Intercept, intercepted } from '../../test/journal/failing-store.support.ts'
import { ENTRY, fixture, LEASE_MS, SECRET } from '../../test/journal/store-journal.support.ts'

const plain = { epoch: 1, claim: 'c', write: 1, leasedUntil: 1, at: 1 }

/** Texts that are no record of a rotation. */
const OTHERS: readonly [string, string][] = [
  ['a text', randomBytes(12).toString('hex')],
  ['nothing', 'null'],
  ['a number', '1'],
  ['an epoch that is no number', JSON.stringify({ ...plain, epoch: 'x' })],
  ['an end of the lease that is no number', JSON.stringify({ ...plain, leasedUntil: 1.5 })],
  ['no time', JSON.stringify({ ...plain, at: undefined })],
  ['no claim', JSON.stringify({ ...plain, claim: undefined })],
  ['a claim that is no text', JSON.stringify({ ...plain, claim: 1 })],
]

it.each(OTHERS)('an entry that holds %s is no journal, and to be removed', async (_, text) => {
  const { store, open } = fixture()
  await store.create(ENTRY, Secret.of(text, ENTRY))
  const refusal = (await open().catch((error: unknown) => error)) as SecretError
  expect(refusal).toMatchObject({
    code: 'malformed',
    message: `${ENTRY} is no journal of a rotation: remove it`,
  })
})

it('a claim whose process is not known is held until its lease is over', async () => {
  const { store, clock, open } = fixture()
  const leasedUntil = clock.now() + LEASE_MS
  const record = { ...plain, holder: 'elsewhere', leasedUntil, at: clock.now() }
  await store.create(ENTRY, Secret.of(JSON.stringify(record), ENTRY))
  const journal = await open()
  expect(await journal.entries()).toMatchObject([{ holder: 'elsewhere' }])
  const message = expect.stringContaining('elsewhere is rotating') as string
  await expect(journal.claim(SECRET, 'next', LEASE_MS)).rejects.toMatchObject({
    code: 'busy',
    message,
  })
})

it.runIf(process.platform === 'linux')('the record of a claim names its process', async () => {
  const { store, open } = fixture()
  await (await open()).claim(SECRET, 'one', LEASE_MS)
  const { current } = await store.read(ENTRY)
  expect(JSON.parse(current.value.expose())).toMatchObject({ process: { pid: process.pid } })
})

/** A claim in a store whose calls a test decides from then on. */
async function claimIn() {
  const { store, clock, open } = fixture()
  const state: { intercept: Intercept } = { intercept: (_, work) => work() }
  const journal = await open(intercepted(store, (...call) => state.intercept(...call)))
  return { state, clock, store, claim: await journal.claim(SECRET, 'one', LEASE_MS) }
}

it('a rotator whose entry was removed writes it anew', async () => {
  const { state, claim, store } = await claimIn()
  let isRemoved = true
  state.intercept = (verb, work) => {
    const isGone = isRemoved && verb === 'read'
    isRemoved = false
    return isGone ? Promise.reject(new SecretError('missing', 'no entry')) : work()
  }
  await claim.record({ secret: SECRET, step: 'admit', phase: 'begin' })
  const { current } = await store.read(ENTRY)
  expect(JSON.parse(current.value.expose())).toMatchObject({ event: { step: 'admit' } })
})

it('a claim that the store does not take back is reported, and one that it does not tidy is not', async () => {
  const { state, clock, claim, store } = await claimIn()
  const away = () => Promise.reject(new SecretError('unreachable', 'away'))
  state.intercept = away
  const released = expect(claim.release()).rejects.toMatchObject({ code: 'unreachable' })
  await clock.advance(0)
  await clock.advance(LEASE_MS)
  await released
  state.intercept = (verb, work) => (verb === 'revoke' ? away() : work())
  await claim.release()
  expect((await store.read(ENTRY)).previous).toBeDefined()
})

it('a fault of the store is not hidden by the end of a claim', async () => {
  const { state, claim } = await claimIn()
  state.intercept = (verb, work) =>
    verb === 'revoke' ? Promise.reject(new TypeError('fault')) : work()
  await expect(claim.release()).rejects.toThrow('fault')
})
