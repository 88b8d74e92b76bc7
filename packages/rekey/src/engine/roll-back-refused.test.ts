import { createFakeClock, SecretError } from '@rekey/secret'
import type { RotationKind } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import { dieAt, expectOneVersion, setUp } from '../../test/engine/far-side.support.ts'
import { rollBack, rotate } from './index.ts'

const refused = new SecretError('refused', 'a caller uses it')

/** Runs a rotation that dies at `point`. */
async function interrupted(point: string) {
  const fixture = await setUp()
  const dying = rotate(fixture.farSide.kind, { ...fixture.options, onEvent: dieAt(point) })
  await expect(dying).rejects.toThrow('killed')
  return fixture
}

it('goes forward again where the new version cannot be aborted, as it is in use', async () => {
  const { farSide, options, store, first } = await interrupted('prove end')
  farSide.refuse.set('abort', refused)
  const failure = { code: 'stopped', step: 'abort', reason: 'refused' }
  await expect(rollBack(farSide.kind, options)).rejects.toMatchObject(failure)
  expect((await options.journal.entries())[0]?.intent?.mode).toBe('forward')
  farSide.refuse.clear()
  expect(await rotate(farSide.kind, options)).toMatchObject({ revoked: first })
  await expectOneVersion(store, farSide)
})

it.each([
  ['the far side does not answer', 'prove end', new SecretError('unreachable', 'no answer')],
  ['the old version is current again', 'promote end', refused],
])('goes on rolling back where an abort fails and %s', async (_name, point, refusal) => {
  const { farSide, options, store, first } = await interrupted(point)
  farSide.refuse.set('abort', refusal)
  await expect(rollBack(farSide.kind, options)).rejects.toMatchObject({ step: 'abort' })
  farSide.refuse.clear()
  await expect(rotate(farSide.kind, options)).rejects.toMatchObject({ code: 'rolled-back' })
  expect(await expectOneVersion(store, farSide)).toBe(first)
})

it('a roll-back that died at its very end is over once it was repeated', async () => {
  const { farSide, options, first } = await interrupted('promote end')
  const dying = rollBack(farSide.kind, { ...options, onEvent: dieAt('abort end') })
  await expect(dying).rejects.toThrow('killed')
  expect(await rollBack(farSide.kind, options)).toMatchObject({ version: first })
  expect(await rotate(farSide.kind, options)).toMatchObject({ revoked: first })
})

it.each([
  ['waits until replicas have left a version that was promoted', 'promote end', 1],
  ['waits for no replica to leave a version that was never current', 'prove end', 0],
])('%s, before it aborts it', async (_name, point, left) => {
  const { farSide, options } = await interrupted(point)
  const calls: string[] = []
  const kind: RotationKind = {
    ...farSide.kind,
    leave: () => Promise.resolve(void calls.push('leave')),
    abort: (...of) => {
      calls.push('abort')
      return farSide.kind.abort(...of)
    },
  }
  await rollBack(kind, options)
  expect(calls).toEqual([...Array.from({ length: left }, () => 'leave'), 'abort'])
})

it('a result has for how long logins failed, also where another run ends that', async () => {
  const { farSide, options } = await setUp()
  const clock = createFakeClock()
  let isFirst = true
  const kind: RotationKind = {
    ...farSide.kind,
    async admit(staged, context) {
      await farSide.kind.admit(staged, context)
      if (isFirst) await context.gap.begin()
      await clock.advance(3_000)
      if (isFirst) {
        isFirst = false
        throw new SecretError('unreachable', 'no answer')
      }
      await context.gap.end()
    },
  }
  await expect(rotate(kind, { ...options, clock })).rejects.toMatchObject({ step: 'admit' })
  expect(await rotate(kind, { ...options, clock })).toMatchObject({ gapMs: 6_000 })
  // The length of one that has ended belongs to its own rotation.
  const next = await rotate(farSide.kind, { ...options, clock })
  expect(next).not.toHaveProperty('gapMs')
})
