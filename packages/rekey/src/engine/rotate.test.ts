import type { AuditEvent } from '@rekey/audit-log/internal'
import { createFakeClock, SecretError } from '@rekey/secret'
import { STEPS } from '@rekey/secret/internal/kind'
import { expect, it } from 'vitest'
import { dieAt, expectOneVersion, NAME, setUp } from '../../test/engine/far-side.support.ts'
import { createMemoryJournal, rotate, type RotationJournal } from './index.ts'
import type { RotationEvent } from './internal.ts'

it('takes the seven steps in order, and leaves one version that the far side accepts', async () => {
  const { store, farSide, events, options, first } = await setUp()
  const rotated = await rotate(farSide.kind, options)
  const ended = events.filter(({ phase }) => phase === 'end').map(({ step }) => step)
  expect(ended).toEqual([...STEPS, 'confirm-revoked'])
  expect(rotated).toEqual({ secret: NAME, version: expect.any(String) as string, revoked: first })
  expect(await expectOneVersion(store, farSide)).not.toBe(first)
})

const KILL_POINTS = [...STEPS, 'confirm-revoked'].flatMap((step) => [
  `${step} begin`,
  `${step} end`,
])

it.each(KILL_POINTS)('converges when it is run again after dying at %s', async (point) => {
  const { store, farSide, options, first } = await setUp()
  const die = dieAt(point)
  await expect(rotate(farSide.kind, { ...options, onEvent: die })).rejects.toThrow('killed')
  await rotate(farSide.kind, options)
  expect(await expectOneVersion(store, farSide)).not.toBe(first)
})

it('rolls back when the far side definitely refuses the new version', async () => {
  const { store, farSide, options, first } = await setUp()
  farSide.refuse.set('prove', new SecretError('rejected', 'no'))
  const failure = { code: 'rolled-back', step: 'prove', reason: 'rejected' }
  await expect(rotate(farSide.kind, options)).rejects.toMatchObject(failure)
  expect((await store.read(NAME)).current.version).toBe(first)
  expect((await store.read(NAME)).pending).toBeUndefined()
  expect([...farSide.accepted]).toEqual([first])
})

it('stops and stays where it is when there is no answer, and goes on when run again', async () => {
  const { store, farSide, options, first } = await setUp()
  farSide.refuse.set('prove', new SecretError('unreachable', 'down'))
  const failure = { code: 'stopped', step: 'prove', reason: 'unreachable' }
  await expect(rotate(farSide.kind, options)).rejects.toMatchObject(failure)
  const { version } = (await store.read(NAME)).pending ?? {}
  expect(farSide.calls).not.toContain('abort')
  farSide.refuse.clear()
  expect(await rotate(farSide.kind, options)).toMatchObject({ version, revoked: first })
})

it('R7 two rotators start together: one rotates, the other is told who holds it', async () => {
  const { store, farSide, options, first } = await setUp()
  const both = await Promise.allSettled([
    rotate(farSide.kind, { ...options, holder: 'one' }),
    rotate(farSide.kind, { ...options, holder: 'two' }),
  ])
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(both[1]).toMatchObject({
    reason: { code: 'busy', message: expect.stringContaining('one') as string },
  })
  expect(await expectOneVersion(store, farSide)).not.toBe(first)
})

it('R8 a rotator that was away longer than its lease does nothing further', async () => {
  const { farSide, options, store, first } = await setUp()
  const clock = createFakeClock()
  const journal = createMemoryJournal(clock)
  const takenOver = async ({ step, phase }: RotationEvent) => {
    if (step !== 'admit' || phase !== 'end') return
    await clock.advance(60_000)
    await rotate(farSide.kind, { store, journal, holder: 'other' })
  }
  const paused = rotate(farSide.kind, { ...options, journal, onEvent: takenOver })
  await expect(paused).rejects.toMatchObject({ code: 'fenced' })
  expect(await expectOneVersion(store, farSide)).not.toBe(first)
})

it('leaves one audited event for each step, and one for what failed', async () => {
  const { farSide, options } = await setUp()
  const audited: AuditEvent[] = []
  const audit = { record: (event: AuditEvent) => Promise.resolve(void audited.push(event)) }
  farSide.refuse.set('prove', new SecretError('unreachable', 'down'))
  await expect(rotate(farSide.kind, { ...options, audit, holder: 'me' })).rejects.toThrow()
  expect(audited.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    'rotation.generate succeeded',
    'rotation.stage succeeded',
    'rotation.admit succeeded',
    'rotation.prove failed',
  ])
  const failure = { actor: 'me', subject: NAME, details: { epoch: 1, reason: 'unreachable' } }
  expect(audited.at(-1)).toMatchObject(failure)
})

it('R11 tells how a rotation ended even if the journal is gone by then', async () => {
  const { farSide, options, first } = await setUp()
  const gone = new SecretError('unreachable', 'the journal does not answer')
  const clock = createFakeClock()
  const journal = createMemoryJournal(clock)
  const vanishing: RotationJournal = {
    ...journal,
    claim: async (...request) => ({
      ...(await journal.claim(...request)),
      release: () => Promise.reject(gone),
    }),
  }
  farSide.refuse.set('prove', new SecretError('unreachable', 'down'))
  const stopped = rotate(farSide.kind, { ...options, journal: vanishing })
  await expect(stopped).rejects.toMatchObject({ code: 'stopped', step: 'prove' })
  farSide.refuse.clear()
  await clock.advance(15_000)
  expect(await rotate(farSide.kind, { ...options, journal })).toMatchObject({ revoked: first })
})

it('goes no further when a step cannot be audited', async () => {
  const { farSide, options, store, first } = await setUp()
  const full = new SecretError('unreachable', 'the disk is full')
  const audit = { record: () => Promise.reject(full) }
  await expect(rotate(farSide.kind, { ...options, audit })).rejects.toThrow()
  expect((await store.read(NAME)).current.version).toBe(first)
})

it.each(['stage', 'promote', 'revoke'])(
  'what was changed at %s, and could not be audited then, is in the audit log once the rotation goes on',
  async (step) => {
    const { farSide, options } = await setUp()
    const audited: AuditEvent[] = []
    let isFull = true
    const record = (event: AuditEvent) => {
      if (isFull && event.action === `rotation.${step}`)
        return Promise.reject(new SecretError('unreachable', 'the disk is full'))
      return Promise.resolve(void audited.push(event))
    }
    const run = () => rotate(farSide.kind, { ...options, audit: { record } })
    await expect(run()).rejects.toThrow()
    expect(audited.map(({ action }) => action)).not.toContain(`rotation.${step}`)
    const before = audited.length
    isFull = false
    await run()
    expect(audited[before]).toMatchObject({
      ...{ action: `rotation.${step}`, outcome: 'failed' },
      details: { epoch: 2, reason: 'end-not-recorded' },
    })
    const after = audited.length
    await run()
    expect(audited[after]).toMatchObject({ action: 'rotation.generate', outcome: 'succeeded' })
  },
)

it('a change that could not be audited is in the audit log once, however often the secret is read', async () => {
  const { farSide, store, options } = await setUp()
  const audited: AuditEvent[] = []
  let isFull = true
  const record = (event: AuditEvent) => {
    if (isFull && event.action === 'rotation.stage')
      return Promise.reject(new SecretError('unreachable', 'the disk is full'))
    return Promise.resolve(void audited.push(event))
  }
  const run = (used = store) => rotate(farSide.kind, { ...options, store: used, audit: { record } })
  await expect(run()).rejects.toThrow()
  isFull = false
  const read = () => Promise.reject(new SecretError('unreachable', 'the store is away'))
  for (let n = 0; n < 3; n += 1) {
    await expect(run({ ...store, locator: store.locator, read })).rejects.toThrow()
  }
  farSide.refuse.set('prove', new SecretError('rejected', 'no'))
  await expect(run()).rejects.toMatchObject({ code: 'rolled-back' })
  const entries = audited.filter(({ action }) => action === 'rotation.stage')
  expect(entries).toMatchObject([{ details: { reason: 'end-not-recorded' } }])
})

it('stops between two steps when it is cancelled, and gives the secret free', async () => {
  const { farSide, options, first } = await setUp()
  const cancel = new AbortController()
  const onEvent = ({ step, phase }: RotationEvent) => {
    if (step === 'admit' && phase === 'end') cancel.abort(new Error('cancelled'))
  }
  const running = rotate(farSide.kind, { ...options, onEvent, signal: cancel.signal })
  await expect(running).rejects.toThrow('cancelled')
  expect(await rotate(farSide.kind, options)).toMatchObject({ revoked: first })
})

it('refuses to go on when somebody else has changed the secret meanwhile', async () => {
  const { farSide, options, store } = await setUp()
  const onEvent = async ({ step, phase }: RotationEvent) => {
    if (step !== 'prove' || phase !== 'end') return
    await store.abort(NAME, (await store.read(NAME)).revision)
  }
  const failure = { code: 'stopped', step: 'promote', reason: 'conflict' }
  await expect(rotate(farSide.kind, { ...options, onEvent })).rejects.toMatchObject(failure)
})

it('says so in its own words when the journal cannot be asked at all', async () => {
  const { farSide, options } = await setUp()
  const claim = () => Promise.reject(new SecretError('unreachable', 'the journal does not answer'))
  const rotating = rotate(farSide.kind, { ...options, journal: { ...options.journal, claim } })
  await expect(rotating).rejects.toMatchObject({ code: 'stopped', reason: 'unreachable' })
})
