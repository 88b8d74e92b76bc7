import { SecretError, type SecretStore } from '@rekey/secret'
import type { RotationKind } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import {
  dieAt,
  expectOneVersion,
  NAME,
  newText,
  setUp,
} from '../../test/engine/far-side.support.ts'
import { createMemoryJournal, rollBack, rotate } from './index.ts'

const rejected = new SecretError('rejected', 'the new one does not work')

/** Runs a rotation that dies at `point`. */
async function interrupted(point: string) {
  const fixture = await setUp()
  const dying = rotate(fixture.farSide.kind, { ...fixture.options, onEvent: dieAt(point) })
  await expect(dying).rejects.toThrow('killed')
  return fixture
}

const OPEN = ['stage end', 'admit end', 'prove end', 'promote end', 'confirm begin', 'confirm end']

it.each(OPEN)('is rolled back by hand after %s, and leaves nothing behind', async (point) => {
  const { farSide, options, store, first } = await interrupted(point)
  const { pending, current } = await store.read(NAME)
  const { version: removed } = pending ?? current
  expect(await rollBack(farSide.kind, options)).toEqual({ secret: NAME, version: first, removed })
  expect(await expectOneVersion(store, farSide)).toBe(first)
  const [entry] = await options.journal.entries([NAME])
  expect(entry?.intent).toMatchObject({ mode: 'rollback', outcome: 'rolled-back' })
})

it('is rolled back also where another writer has staged a version beside the promoted one, which is aborted', async () => {
  const { farSide, options, store, first } = await interrupted('promote end')
  const { current, revision } = await store.read(NAME)
  await store.stage(NAME, newText(), revision)
  const removed = current.version
  expect(await rollBack(farSide.kind, options)).toEqual({ secret: NAME, version: first, removed })
  expect(await expectOneVersion(store, farSide)).toBe(first)
})

it.each(['roll-back begin', 'roll-back end', 'abort begin', 'abort end'])(
  'goes on going back when it died at %s, also if it is asked to rotate',
  async (point) => {
    const { farSide, options, store, first } = await interrupted('promote end')
    const dying = rollBack(farSide.kind, { ...options, onEvent: dieAt(point) })
    await expect(dying).rejects.toThrow('killed')
    await expect(rotate(farSide.kind, options)).rejects.toMatchObject({ code: 'rolled-back' })
    expect(await expectOneVersion(store, farSide)).toBe(first)
  },
)

it('is rolled back by itself when the new version turns out not to work after all', async () => {
  const { farSide, options, store, first } = await setUp()
  farSide.refuse.set('confirm', rejected)
  const failure = { code: 'rolled-back', step: 'confirm', reason: 'rejected' }
  await expect(rotate(farSide.kind, options)).rejects.toMatchObject(failure)
  expect(await expectOneVersion(store, farSide)).toBe(first)
})

it('is not rolled back to a version that works no more', async () => {
  const { farSide, options, store, first } = await interrupted('revoke begin')
  farSide.accepted.delete(first)
  farSide.refuse.set('prove', new SecretError('rejected', 'the old one is closed'))
  const failure = { code: 'stopped', step: 'prove', reason: 'rejected' }
  await expect(rollBack(farSide.kind, options)).rejects.toMatchObject(failure)
  farSide.refuse.clear()
  expect(await rotate(farSide.kind, options)).toMatchObject({ revoked: first })
  await expectOneVersion(store, farSide)
})

it('R26 brings the old value back by the same steps when its end does harm', async () => {
  const { farSide, options, store, first, events } = await setUp()
  farSide.refuse.set(
    'confirm-revoked',
    new SecretError('refused', 'a caller still uses the old key'),
  )
  const failing = rotate(farSide.kind, {
    ...options,
    onEvent: (event) => {
      if (event.step === 'confirm' && farSide.calls.includes('confirm-revoked'))
        farSide.refuse.clear()
      void events.push(event)
    },
  })
  const failure = { code: 'rolled-back', step: 'confirm-revoked', reason: 'refused' }
  await expect(failing).rejects.toMatchObject(failure)
  expect(await expectOneVersion(store, farSide)).toBe(first)
  expect(await rotate(farSide.kind, options)).toMatchObject({ revoked: first })
})

it('brings nothing back that leaked, though its end does harm', async () => {
  const { farSide, options, first } = await setUp()
  farSide.refuse.set('confirm-revoked', new SecretError('refused', 'a caller still uses it'))
  const failure = { code: 'stopped', step: 'confirm-revoked', reason: 'refused' }
  const emergency = rotate(farSide.kind, { ...options, compromised: true })
  await expect(emergency).rejects.toMatchObject(failure)
  expect(farSide.accepted).not.toContain(first)
})

it('has nothing to take back when nothing is open: no step is taken, and nothing is written down', async () => {
  const { farSide, options, first, events } = await setUp()
  expect(await rollBack(farSide.kind, options)).toEqual({ secret: NAME, version: first })
  const [entry] = await options.journal.entries([NAME])
  expect([events, entry?.intent]).toEqual([[], undefined])
})

it('a rotation that has made nothing yet is over once it is rolled back', async () => {
  const { farSide, options, first, events } = await interrupted('generate end')
  events.length = 0
  expect(await rollBack(farSide.kind, options)).toEqual({ secret: NAME, version: first })
  const [entry] = await options.journal.entries([NAME])
  expect([events, entry?.intent?.outcome]).toEqual([[], 'rolled-back'])
})

it('goes back by the stages alone when the journal was lost', async () => {
  const { farSide, options, store, first } = await interrupted('promote end')
  const journal = createMemoryJournal()
  await rollBack(farSide.kind, { ...options, journal })
  expect(await expectOneVersion(store, farSide)).toBe(first)
  const next = await rotate(farSide.kind, { ...options, journal })
  expect([next.revoked, next.unproven]).toEqual([first, undefined])
})

it('does not bring back a version that leaked', async () => {
  const { farSide, options } = await setUp()
  const onEvent = dieAt('promote end')
  const dying = rotate(farSide.kind, { ...options, onEvent, compromised: true })
  await expect(dying).rejects.toThrow('killed')
  const message = expect.stringContaining('finish that rotation') as string
  const failure = { code: 'stopped', reason: 'refused', message }
  await expect(rollBack(farSide.kind, options)).rejects.toMatchObject(failure)
})

it('what a kind keeps of the old version, for its proof, outlasts a change of the current one by hand', async () => {
  const { farSide, options, store, first } = await setUp()
  const proofs: unknown[] = []
  const kind: RotationKind = {
    ...farSide.kind,
    prove: (_, __, { progress }) => Promise.resolve(void proofs.push(progress)),
    async revoke({ previous }, context) {
      await context.saveProgress({ ending: previous.version })
      throw new SecretError('unreachable', 'no answer')
    },
  }
  const byHand: SecretStore = {
    ...store,
    async read(...of) {
      const staged = await store.read(...of)
      return { ...staged, current: { ...staged.current, version: 'by hand' } }
    },
  }
  await expect(rotate(kind, options)).rejects.toMatchObject({ step: 'revoke' })
  farSide.refuse.set('confirm', new SecretError('unreachable', 'no answer'))
  const changed = { ...options, store: byHand }
  await expect(rotate(kind, changed)).rejects.toMatchObject({ step: 'confirm' })
  await rollBack(kind, changed)
  expect(proofs.at(-1)).toEqual({ ending: first })
})
