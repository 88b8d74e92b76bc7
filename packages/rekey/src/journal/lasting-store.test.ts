import { createMemoryStore } from '@rekey/config-loader/store'
import { createFakeClock, SecretError, type SecretStore } from '@rekey/secret'
import { expect, it } from 'vitest'
import { type Intercept, intercepted } from '../../test/journal/failing-store.support.ts'
import { NAME, newText } from '../../test/engine/far-side.support.ts'
import { LastingStore } from './lasting-store.ts'

const fail = (code: SecretError['code']) => Promise.reject(new SecretError(code, 'no'))

/** A store that is used in a step, with each of its calls as a test decides. */
function lasting(intercept: Intercept, store = createMemoryStore({ [NAME]: newText().expose() })) {
  const clock = createFakeClock()
  const { signal } = new AbortController()
  const calls: string[] = []
  const noted: Intercept = (verb, work) => {
    calls.push(verb)
    return intercept(verb, work)
  }
  const step = { clock, signal, waiting: () => undefined }
  return { store, clock, calls, used: new LastingStore(intercepted(store, noted), () => step) }
}

/** Waits until what is asked for is there, while time passes. */
async function passing<T>(
  asked: Promise<T>,
  clock: ReturnType<typeof createFakeClock>,
): Promise<T> {
  const ended: unknown[] = []
  const settled = Promise.allSettled([asked]).then((end) => ended.push(...end))
  for (let n = 0; n < 100 && ended.length === 0; n += 1) await clock.advance(1_000)
  await settled
  return asked
}

/** A store that does a write, whose reply is lost, and then what `between` does. */
function losing(
  verb: string,
  between: (store: SecretStore) => Promise<unknown> = () => Promise.resolve(),
) {
  let isLost = false
  const store = createMemoryStore({ [NAME]: newText().expose() })
  return lasting(async (called, work) => {
    const result = await work()
    if (called !== verb || isLost) return result
    isLost = true
    await between(store)
    return fail('unreachable')
  }, store)
}

it('has the name of the store that it wraps, and makes entries in it', async () => {
  const { used, store } = lasting((_, work) => work())
  expect(used.locator).toBe(store.locator)
  const value = newText()
  await used.create('OTHER', value)
  expect((await store.read('OTHER')).current.value.expose()).toBe(value.expose())
})

it('a write whose reply was lost is recognized by what the store holds', async () => {
  const { used, clock, calls, store } = losing('stage')
  const { revision } = await used.read(NAME)
  const staged = await passing(used.stage(NAME, newText(), revision), clock)
  expect(staged.revision).toBe((await store.read(NAME)).revision)
  expect(calls).toEqual(['read', 'stage', 'stage', 'read'])
})

it('a write whose reply was lost is not recognized once another writer has come', async () => {
  const { used, clock } = losing('stage', async (store) => {
    const { revision } = await store.read(NAME)
    await store.stage(NAME, newText(), (await store.abort(NAME, revision)).revision)
  })
  const { revision } = await used.read(NAME)
  const staging = passing(used.stage(NAME, newText(), revision), clock)
  await expect(staging).rejects.toMatchObject({ code: 'conflict' })
})

it('a write that was answered is never taken for done where another writer has done the same', async () => {
  const { used, clock, store, calls } = lasting((_, work) => work())
  const { revision } = await used.read(NAME)
  const value = newText()
  await store.stage(NAME, value, revision)
  const staging = passing(used.stage(NAME, value, revision), clock)
  await expect(staging).rejects.toMatchObject({ code: 'conflict' })
  expect(calls).toEqual(['read', 'stage'])
})

it('a write without a reply is not judged where what it was decided on was not read, or is not the last that was', async () => {
  const { used, clock, calls, store } = losing('stage')
  const { revision } = await store.read(NAME)
  const staging = passing(used.stage(NAME, newText(), revision), clock)
  await expect(staging).rejects.toMatchObject({ code: 'conflict' })
  expect(calls).toEqual(['stage', 'stage'])
  await used.read(NAME)
  await expect(passing(used.promote(NAME, revision), clock)).rejects.toMatchObject({
    code: 'conflict',
  })
})

it('a write whose reply was lost, and that is refused then, fails as it was refused', async () => {
  let writes = 0
  const { used, clock, calls } = lasting((verb, work) => {
    if (verb === 'read') return work()
    writes += 1
    return fail(writes === 1 ? 'unreachable' : 'forbidden')
  })
  const { revision } = await used.read(NAME)
  const staging = passing(used.stage(NAME, newText(), revision), clock)
  await expect(staging).rejects.toMatchObject({ code: 'forbidden' })
  expect(calls).toEqual(['read', 'stage', 'stage'])
})
