import { createFakeClock, SecretError, type SecretStore, type StagedSecret } from '@rekey/secret'
import type { RotationKind } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import {
  dieAt,
  expectOneVersion,
  NAME,
  newText,
  replaceByHand,
  setUp,
} from '../../test/engine/far-side.support.ts'
import { rollBack, rotate } from './index.ts'
import type { RotationEvent } from './internal.ts'

const unreachable = new SecretError('unreachable', 'no answer')

/** Runs a rotation that dies at `point`. */
async function interrupted(point: string, { compromised = false } = {}) {
  const fixture = await setUp()
  const dying = { ...fixture.options, compromised, onEvent: dieAt(point) }
  await expect(rotate(fixture.farSide.kind, dying)).rejects.toThrow('killed')
  const intent = async () => (await fixture.options.journal.entries([NAME]))[0]?.intent
  return { ...fixture, intent }
}

it('an emergency that is asked for again goes on with the version that it has made', async () => {
  const { farSide, options, store } = await interrupted('prove end', { compromised: true })
  const { pending } = await store.read(NAME)
  const { version } = await rotate(farSide.kind, { ...options, compromised: true })
  expect(version).toBe(pending?.version)
})

/** A kind that notes the age of the promotion in `confirm`, and its observations, and gets no answer there. */
function unconfirmed(kind: RotationKind) {
  const ages: (number | undefined)[] = []
  const seen: unknown[] = []
  const noting: RotationKind = {
    ...kind,
    async confirm(_, context) {
      ages.push(context.sincePromoteMs?.())
      seen.push(context.progress)
      await context.saveProgress({ run: ages.length })
      throw unreachable
    },
  }
  return { kind: noting, ages, seen }
}

it('a rotation that knows of a lost version keeps its time and its observations, run by run', async () => {
  const { farSide, options, store, first } = await interrupted('generate end')
  const clock = createFakeClock()
  await replaceByHand(store)
  const { kind, ages, seen } = unconfirmed(farSide.kind)
  for (let n = 0; n < 3; n += 1) {
    await expect(rotate(kind, { ...options, clock })).rejects.toMatchObject({ step: 'confirm' })
    await clock.advance(5_000)
  }
  expect(ages).toEqual([0, 5_000, 10_000])
  expect(seen).toEqual([undefined, { run: 1 }, { run: 2 }])
  expect((await rotate(farSide.kind, { ...options, clock })).unproven).toEqual([first])
})

it('each version that another writer replaces while a rotation is open is named at its end', async () => {
  const { farSide, options, store, first } = await interrupted('generate end')
  const second = await replaceByHand(store)
  const dying = { ...options, onEvent: dieAt('generate end') }
  await expect(rotate(farSide.kind, dying)).rejects.toThrow('killed')
  const third = await replaceByHand(store)
  const { unproven, revoked } = await rotate(farSide.kind, options)
  expect([unproven, revoked]).toEqual([[first, second], third])
})

it('what a kind has observed of one old version is not told of another', async () => {
  const { farSide, options, store } = await setUp()
  const { kind, seen } = unconfirmed(farSide.kind)
  await expect(rotate(kind, options)).rejects.toMatchObject({ step: 'confirm' })
  const bare = await store.revoke(NAME, (await store.read(NAME)).revision)
  const staged = await store.stage(NAME, newText(), bare.revision)
  await store.promote(NAME, staged.revision)
  await expect(rotate(kind, options)).rejects.toMatchObject({ step: 'confirm' })
  expect(seen).toEqual([undefined, undefined])
})

it.each<[string, (store: SecretStore) => Partial<SecretStore>, string[]]>([
  ['stage', (store) => ({ stage: async (...of) => currentOf(await store.stage(...of)) }), []],
  [
    'promote',
    (store) => ({ promote: async (...of) => currentOf(await store.promote(...of)) }),
    ['admit', 'prove'],
  ],
])(
  'a store that loses what it was given at %s stops the rotation: nothing is asked of what is not there',
  async (_verb, losing, calls) => {
    const { farSide, options, store } = await setUp()
    const failure = { code: 'stopped', reason: 'missing' }
    const rotating = rotate(farSide.kind, { ...options, store: { ...store, ...losing(store) } })
    await expect(rotating).rejects.toMatchObject(failure)
    expect(farSide.calls).toEqual(calls)
  },
)

/** A secret as it is with one version. */
const currentOf = ({ name, revision, current }: StagedSecret): StagedSecret => ({
  ...{ name, revision, current },
})

/** How often a rotation begins to make a version until it fails. */
async function generations(
  kind: RotationKind,
  options: Parameters<typeof rotate>[1],
  failure: object,
) {
  let count = 0
  const onEvent = async (event: RotationEvent) => {
    if (`${event.step} ${event.phase}` === 'generate begin') count += 1
    await options.onEvent?.(event)
  }
  await expect(rotate(kind, { ...options, onEvent })).rejects.toMatchObject(failure)
  return count
}

it('an emergency that gets no answer stops there, and begins no second time in one run', async () => {
  const { farSide, options } = await setUp()
  const kind = { ...farSide.kind, generate: () => Promise.reject(unreachable) }
  const failure = { code: 'stopped', step: 'generate', reason: 'unreachable' }
  expect(await generations(kind, { ...options, compromised: true }, failure)).toBe(1)
})

it('an ordinary rotation stops where another writer was first, and begins no second time in one run', async () => {
  const { farSide, options, store } = await setUp()
  const onEvent = async ({ step, phase }: RotationEvent) => {
    if (`${step} ${phase}` === 'stage begin') await replaceByHand(store)
  }
  const failure = { code: 'stopped', step: 'stage', reason: 'conflict' }
  expect(await generations(farSide.kind, { ...options, onEvent }, failure)).toBe(1)
})

it('a write that the store does not answer is made again, in the step that it belongs to', async () => {
  const { farSide, options, store, first } = await setUp()
  const failures = [unreachable]
  const promote: SecretStore['promote'] = (...of) => {
    const failure = failures.pop()
    return failure === undefined ? store.promote(...of) : Promise.reject(failure)
  }
  const flaky = { ...store, promote }
  expect(await rotate(farSide.kind, { ...options, store: flaky })).toMatchObject({ revoked: first })
  expect(failures).toEqual([])
})

it('a read that the store does not answer in the middle of a rotation is made again', async () => {
  const { farSide, options, store, first } = await setUp()
  farSide.refuse.set('prove', new SecretError('rejected', 'no'))
  let isAway = false
  const read: SecretStore['read'] = (...of) => {
    if (!isAway || !farSide.calls.includes('prove')) return store.read(...of)
    isAway = false
    return Promise.reject(unreachable)
  }
  isAway = true
  const rotating = rotate(farSide.kind, { ...options, store: { ...store, read } })
  await expect(rotating).rejects.toMatchObject({ code: 'rolled-back', reason: 'rejected' })
  expect([isAway, await expectOneVersion(store, farSide)]).toEqual([false, first])
})

it('a kind whose versions are dropped with their end has no step for that', async () => {
  const { farSide, options, events, first } = await setUp()
  const kind = { ...farSide.kind }
  delete kind.confirmRevoked
  expect(await rotate(kind, options)).toMatchObject({ revoked: first })
  expect(events.at(-1)).toMatchObject({ step: 'revoke', phase: 'end' })
})

it('the run that revokes a version hands it over whole to a kind that watches for late uses, which need its age', async () => {
  const { farSide, options, store } = await setUp()
  const { version, createdAt } = (await store.read(NAME)).current
  const watched: unknown[] = []
  const confirmRevoked = (revoked: unknown) => Promise.resolve(void watched.push(revoked))
  await rotate({ ...farSide.kind, confirmRevoked }, options)
  expect(watched).toMatchObject([{ version, createdAt }])
})

it('only an emergency that takes over from a live rotator says so', async () => {
  const { farSide, options } = await setUp()
  const takeOvers: unknown[] = []
  const onTakeOver = (from: unknown) => void takeOvers.push(from)
  await rotate(farSide.kind, { ...options, onTakeOver })
  await rotate(farSide.kind, { ...options, onTakeOver, compromised: true })
  expect(takeOvers).toEqual([])
})

/** A rotation that knows of a lost version, whose old version is needed at its end: `harms` times. */
async function harmed(harms: number) {
  const { farSide, options, store, ...found } = await interrupted('generate end')
  const old = await replaceByHand(store)
  const { createdAt } = (await store.read(NAME)).current
  let left = harms
  const kind: RotationKind = {
    ...farSide.kind,
    confirmRevoked() {
      left -= 1
      const refusal = new SecretError('rejected', 'a caller needs the old one')
      return left >= 0 ? Promise.reject(refusal) : Promise.resolve()
    },
  }
  return { ...found, farSide, kind, options, store, old, createdAt }
}

it('an old version that returns since its end did harm is as old as it was, and what was lost before stays lost', async () => {
  const { farSide, kind, options, store, old, createdAt, intent, first } = await harmed(1)
  await expect(rotate(kind, options)).rejects.toMatchObject({ code: 'rolled-back' })
  const { current } = await store.read(NAME)
  expect(current).toMatchObject({ version: old, createdAt })
  expect(await intent()).toMatchObject({ mode: 'forward', outcome: 'rolled-back' })
  const { unproven, revoked } = await rotate(farSide.kind, options)
  expect([unproven, revoked]).toEqual([[first], old])
})

it('what replaced an old version that returned is not brought back, though its own end does harm', async () => {
  const { kind, options, store, old } = await harmed(2)
  const failure = { code: 'stopped', step: 'confirm-revoked', reason: 'rejected' }
  await expect(rotate(kind, options)).rejects.toMatchObject(failure)
  expect((await store.read(NAME)).current.version).toBe(old)
})

it('a rotation of a secret that is being rolled back finishes that, and says to run again', async () => {
  const { farSide, options } = await interrupted('promote end')
  const dying = rollBack(farSide.kind, { ...options, onEvent: dieAt('roll-back begin') })
  await expect(dying).rejects.toThrow('killed')
  await expect(rotate(farSide.kind, options)).rejects.toThrow('run again to rotate')
})
