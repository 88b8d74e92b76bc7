import { createFakeClock, SecretError } from '@rekey/secret'
import type { RotationKind, StepContext } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import { keepAudit, setUp } from '../../test/engine/far-side.support.ts'
import { rotate } from './index.ts'

/** A far side that holds one value: logins fail from two seconds before the end of `admit` to one second after the begin of `prove`. */
async function withGap() {
  const clock = createFakeClock()
  const { farSide, ...found } = await setUp()
  const { audited, audit } = keepAudit()
  const seen: (number | undefined)[] = []
  const look = (context: StepContext) => void seen.push(context.gap.sinceMs)
  const kind: RotationKind = {
    ...farSide.kind,
    async admit(staged, context) {
      look(context)
      await farSide.kind.admit(staged, context)
      if (context.gap.sinceMs === undefined) await context.gap.begin()
      await clock.advance(2_000)
    },
    async prove(candidate, reference, context) {
      look(context)
      await farSide.kind.prove(candidate, reference, context)
      await clock.advance(1_000)
      await context.gap.end()
    },
    async confirm(staged, context) {
      look(context)
      await farSide.kind.confirm(staged, context)
    },
  }
  const options = { ...found.options, clock, audit }
  const gaps = () =>
    audited.map(({ action, details }) => [action.slice('rotation.'.length), details?.['gapMs']])
  return { ...found, farSide, kind, options, audited, gaps, seen, clock }
}

it('the audit log has for how long logins failed with each step from the end of that on, and not in the next rotation', async () => {
  const { farSide, kind, options, audited, gaps } = await withGap()
  await rotate(kind, options)
  const before = ['generate', 'stage', 'admit'].map((step) => [step, undefined])
  const after = ['prove', 'promote', 'confirm', 'revoke', 'confirm-revoked']
  expect(gaps()).toEqual([...before, ...after.map((step) => [step, 3_000])])
  audited.length = 0
  await rotate(farSide.kind, options)
  expect(gaps().map(([, gapMs]) => gapMs)).toEqual(Array.from(gaps(), () => undefined))
})

it('a step sees since when logins fail, from the begin of that to its end', async () => {
  const { kind, options, seen } = await withGap()
  await rotate(kind, options)
  expect(seen).toEqual([undefined, 2_000, undefined])
})

it('a run that goes on in a gap counts it from its begin', async () => {
  const { farSide, kind, options, seen, clock } = await withGap()
  farSide.refuse.set('prove', new SecretError('unreachable', 'no answer'))
  await expect(rotate(kind, options)).rejects.toMatchObject({ step: 'prove' })
  farSide.refuse.clear()
  await clock.advance(60_000)
  expect(await rotate(kind, options)).toMatchObject({ gapMs: 65_000 })
  expect(seen).toEqual([undefined, 2_000, 62_000, 64_000, undefined])
})

it('a run that goes on after a gap has its length, and is in none', async () => {
  const { farSide, kind, options, seen, audited, gaps } = await withGap()
  farSide.refuse.set('confirm', new SecretError('unreachable', 'no answer'))
  await expect(rotate(kind, options)).rejects.toMatchObject({ step: 'confirm' })
  farSide.refuse.clear()
  audited.length = 0
  expect(await rotate(kind, options)).toMatchObject({ gapMs: 3_000 })
  const steps = ['confirm', 'revoke', 'confirm-revoked']
  expect(gaps()).toEqual(steps.map((step) => [step, 3_000]))
  expect(seen.at(-1)).toBeUndefined()
})

it('the end of a gap that never began is none', async () => {
  const { farSide, options, gaps } = await withGap()
  const confirm: RotationKind['confirm'] = (_, { gap }) => gap.end()
  expect(await rotate({ ...farSide.kind, confirm }, options)).not.toHaveProperty('gapMs')
  expect(gaps()).toContainEqual(['confirm', undefined])
})
