import { randomUUID } from 'node:crypto'
import { createMemoryStore } from '@rekey/config-loader/store'
import { createFakeClock, Secret, SecretError, type SecretStore } from '@rekey/secret'
import { expect, it } from 'vitest'
import { type Intercept, intercepted } from '../../test/journal/failing-store.support.ts'
import { formatRecord, type JournalRecord } from './journal-record.ts'
import { JournalSlot } from './journal-slot.ts'

const NAME = 'NAME'
const ENTRY = 'REKEY_ROTATION_NAME'

/** A slot in a store whose calls a test decides. */
function slotIn(intercept: Intercept, store = createMemoryStore()) {
  const clock = createFakeClock()
  const verbs: string[] = []
  const calls: string[] = []
  const noted: Intercept = (verb, work) => {
    if (verb !== 'read') verbs.push(verb)
    calls.push(verb)
    return intercept(verb, work)
  }
  const slot = new JournalSlot(intercepted(store, noted), NAME, clock)
  return { clock, store, slot, verbs, calls }
}

const plain: Intercept = (_, work) => work()
const fail = (code: SecretError['code']) => Promise.reject(new SecretError(code, 'no'))
const recordOf = (claim: string, write = 1): JournalRecord => ({
  ...{ epoch: 1, claim, write },
  ...{ leasedUntil: 0, at: 0 },
})

/** Commits a record of a claim. */
async function put(slot: JournalSlot, claim: string, write = 1) {
  const record = recordOf(claim, write)
  await slot.put(record, () => record)
}

/** Leaves a record of a claim that is staged and not committed. */
async function stage(store: SecretStore, claim: string) {
  const { revision } = await store.read(ENTRY)
  await store.stage(ENTRY, Secret.of(formatRecord(recordOf(claim)), ENTRY), revision)
}

it('a write asks a store without answer again at once, then after pauses that grow to 200 ms, 26 times in all', async () => {
  const asked: number[] = []
  const { clock, slot } = slotIn(() => {
    asked.push(clock.elapsed() - begun)
    return fail('unreachable')
  })
  const begun = clock.elapsed()
  const ended = expect(put(slot, 'one')).rejects.toMatchObject({
    code: 'unreachable',
    message: 'no',
  })
  await clock.advance(0)
  await clock.advance(5_000)
  await ended
  expect(asked.slice(0, 7)).toEqual([0, 0, 50, 150, 350, 550, 750])
  expect(asked).toHaveLength(26)
})

it('a write that meets those of others is tried again without a pause, 101 times, and then names the entry', async () => {
  const { slot, verbs } = slotIn((verb, work) => (verb === 'read' ? work() : fail('conflict')))
  await expect(put(slot, 'one')).rejects.toMatchObject({
    ...{ code: 'unreachable', details: { name: ENTRY } },
    message: expect.stringContaining('find who writes or annotates it') as string,
  })
  expect(verbs).toHaveLength(101)
})

it.each(['forbidden', 'malformed'] as const)(
  'a store that answers %s is not asked again',
  async (code) => {
    let calls = 0
    const { slot } = slotIn(() => {
      calls += 1
      return fail(code)
    })
    await expect(put(slot, 'one')).rejects.toMatchObject({ code })
    expect(calls).toBe(1)
  },
)

it('a record is committed by the next call after the one that shows it staged, though the reply to that was lost', async () => {
  const { slot, calls } = slotIn(async (verb, work) => {
    const result = await work()
    return verb === 'stage' ? fail('unreachable') : result
  })
  await put(slot, 'one')
  calls.length = 0
  await put(slot, 'one', 2)
  expect(calls).toEqual(['read', 'stage', 'read', 'promote'])
  expect((await slot.read())?.current).toEqual(recordOf('one', 2))
})

it('a record that was staged and not committed is withdrawn, past the writes of others', async () => {
  let conflicts = 2
  const { store, slot, verbs } = slotIn((verb, work) => {
    if (verb !== 'abort' || conflicts === 0) return work()
    conflicts -= 1
    return fail('conflict')
  })
  await put(slot, 'one')
  await stage(store, 'two')
  await slot.withdraw('two')
  expect((await store.read(ENTRY)).pending).toBeUndefined()
  expect(verbs).toEqual(['create', 'abort', 'abort', 'abort'])
})

it.each([
  ['the writes of others prevent without end', 'conflict', 101],
  ['the store does not confirm', 'unreachable', 1],
] as const)('a withdrawal that %s is given up', async (_, code, aborts) => {
  const { store, slot, verbs } = slotIn((verb, work) => (verb === 'abort' ? fail(code) : work()))
  await put(slot, 'one')
  await stage(store, 'two')
  await expect(slot.withdraw('two')).rejects.toMatchObject({ code })
  expect(verbs.filter((verb) => verb === 'abort')).toHaveLength(aborts)
})

it('the staged record of another claim is not withdrawn', async () => {
  const { store, slot, verbs } = slotIn(plain)
  await slot.withdraw('two')
  await put(slot, 'one')
  await slot.withdraw('two')
  await stage(store, 'other')
  await slot.withdraw('two')
  expect(verbs).toEqual(['create'])
})

it('the record before the last one of a claim is dropped, and only by that claim', async () => {
  const { store, slot, verbs } = slotIn(plain)
  await slot.tidy('one')
  await put(slot, 'one')
  await slot.tidy('one')
  expect(verbs).toEqual(['create'])
  await put(slot, 'two')
  await slot.tidy('one')
  expect((await store.read(ENTRY)).previous).toBeDefined()
  await slot.tidy('two')
  expect((await store.read(ENTRY)).previous).toBeUndefined()
})

it('a write of a claim is not taken for another one of it, nor for one of another claim', async () => {
  const { slot } = slotIn(plain)
  const [one, two] = [randomUUID(), randomUUID()]
  await put(slot, one)
  await put(slot, one, 2)
  await put(slot, two, 2)
  expect((await slot.read())?.current).toEqual(recordOf(two, 2))
})
