import { createMemoryStore } from '@rekey/config-loader/store'
import { rollBack, type RotationError } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { systemClock } from '@rekey/secret'
import { isExhaustive } from '@rekey/testbed'
import Keygrip from 'keygrip'
import { expect, it, onTestFinished } from 'vitest'
import {
  openReplica,
  openShop,
  type Replica,
  SECRET,
  viewOf,
} from '../../test/signing-shop.support.ts'
import { followSigningSecret } from '../index.ts'

const HOUR_MS = 3_600_000

function signerOf({ session }: Replica) {
  const { list, close } = followSigningSecret(session)
  onTestFinished(close)
  const keys = new Keygrip(list)
  return {
    sign: (text: string) => keys.sign(text),
    reads: (text: string, signature: string) => keys.verify(text, signature),
  }
}

/** A rotator that is asked again as long as it likes: its wall clock can be set forward. */
function patientClock() {
  const set = { aheadMs: 0 }
  return { set, clock: { ...systemClock, now: () => systemClock.now() + set.aheadMs } }
}

/** How many sessions live at the same time. */
const LIVE = isExhaustive ? 10_000 : 200
const ROTATIONS = isExhaustive ? 50 : 10

it(`${LIVE} live sessions through each of ${ROTATIONS} rotations: none is refused before its end, and each is afterwards`, async () => {
  const { replicas, secretKind, run } = await openShop()
  const signers = replicas.map(signerOf)
  const counts = { early: 0, late: 0, sessions: 0 }
  for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
    const sessions = Array.from({ length: LIVE }, (_, n) => {
      const text = `${rotation} ${n}`
      return [text, signers[n % signers.length]?.sign(text) ?? ''] as const
    })
    counts.sessions += sessions.length
    const accepted = () =>
      signers.flatMap(({ reads }) => sessions.filter(([text, signature]) => reads(text, signature)))
    await run(secretKind(5), {
      onEvent({ step, phase }) {
        const isLast = step === 'confirm' && phase === 'end'
        if (isLast) counts.early += sessions.length * signers.length - accepted().length
        return Promise.resolve()
      },
    })
    counts.late += accepted().length
  }
  expect(counts).toEqual({ early: 0, late: 0, sessions: ROTATIONS * LIVE })
})

it('a life of two weeks ends the run, and the first run after it revokes the old one', async () => {
  const { set, clock } = patientClock()
  const { store, replicas, secretKind, run, journal } = await openShop({ clock })
  const [signer] = replicas.map(signerOf) as [ReturnType<typeof signerOf>]
  const signature = signer.sign('session')
  const kind = secretKind(14 * 24 * HOUR_MS)
  const begun = clock.now()
  await expect(run(kind)).rejects.toMatchObject({ code: 'postponed', step: 'confirm' })
  const [entry] = await journal.entries([SECRET])
  const untilMs = (entry?.intent?.resumesAt ?? 0) - begun
  expect(untilMs).toBeGreaterThanOrEqual(14 * 24 * HOUR_MS)
  expect(untilMs).toBeLessThan(14 * 24 * HOUR_MS + 60_000)
  set.aheadMs = 13 * 24 * HOUR_MS
  await expect(run(kind)).rejects.toMatchObject({ code: 'postponed' })
  expect(signer.reads('session', signature)).toBe(true)
  set.aheadMs = 14 * 24 * HOUR_MS + 60_000
  await run(kind)
  expect(signer.reads('session', signature)).toBe(false)
  expect((await store.read(SECRET)).previous).toBeUndefined()
})

it('a replica that is started anew meanwhile begins no new wait', async () => {
  const { set, clock } = patientClock()
  const { store, replicas, secretKind, run } = await openShop({ clock })
  replicas.map(signerOf)
  const kind = secretKind(24 * HOUR_MS)
  await expect(run(kind)).rejects.toMatchObject({ code: 'postponed' })
  const [one] = replicas as [Replica]
  await one.close()
  signerOf(await openReplica(store, one.port))
  set.aheadMs = 24 * HOUR_MS + 60_000
  await run(kind)
  expect((await store.read(SECRET)).previous).toBeUndefined()
})

it('a replica that was started with an old store, and signed with the old one, begins a new wait', async () => {
  const { set, clock } = patientClock()
  const { store, replicas, fleet, secretKind, run } = await openShop({ clock })
  const view = viewOf(store)
  const late = await openReplica(view.source)
  replicas.map(signerOf)
  view.isFrozen = true
  const kind = secretKind(24 * HOUR_MS)
  await expect(run(kind)).rejects.toMatchObject({ code: 'postponed' })
  const signature = signerOf(late).sign('session')
  const healthUrl = `http://127.0.0.1:${late.port}`
  fleet.push({ service: 'shop', url: healthUrl, healthUrl })
  set.aheadMs = 24 * HOUR_MS + 60_000
  const behind = { step: 'confirm', message: expect.stringContaining(healthUrl) as string }
  await expect(run(kind)).rejects.toMatchObject(behind)
  view.isFrozen = false
  await expect.poll(() => late.session.previous).toBeDefined()
  const begun = clock.now()
  const again = run(kind)
  await expect(again).rejects.toMatchObject({ code: 'postponed' })
  const until = await again.catch((error: unknown) => (error as RotationError).details['until'])
  expect(Number(until) - begun).toBeGreaterThanOrEqual(24 * HOUR_MS)
  expect(signerOf(late).reads('session', signature)).toBe(true)
  // The wait goes on in the next run, where nothing has changed.
  set.aheadMs += 24 * HOUR_MS
  await run(kind)
  expect(signerOf(late).reads('session', signature)).toBe(false)
})

it('a replica that does not answer at the end may have signed with the old one, and is waited for', async () => {
  const { set, clock } = patientClock()
  const { store, replicas, secretKind, run } = await openShop({ clock })
  replicas.map(signerOf)
  const kind = secretKind(HOUR_MS)
  await expect(run(kind)).rejects.toMatchObject({ code: 'postponed' })
  const [one] = replicas as [Replica]
  await one.close()
  set.aheadMs = HOUR_MS + 60_000
  await expect(run(kind)).rejects.toMatchObject({ code: 'stuck', step: 'confirm' })
  expect((await store.read(SECRET)).previous).toBeDefined()
  signerOf(await openReplica(store, one.port))
  await run(kind)
  expect((await store.read(SECRET)).previous).toBeUndefined()
})

it('one that comes with an old store during the wait, and one that goes away, keep the old one alive', async () => {
  const { store, replicas, fleet, secretKind, run } = await openShop()
  const view = viewOf(store)
  const late = await openReplica(view.source)
  replicas.map(signerOf)
  view.isFrozen = true
  const whileWaiting = (work: () => unknown) => {
    let isFirst = true
    return async ({ step, message = '' }: RotationEvent) => {
      if (step !== 'confirm' || !message.includes('still read') || !isFirst) return
      isFirst = false
      await work()
    }
  }
  const healthUrl = `http://127.0.0.1:${late.port}`
  const signature = signerOf(late).sign('session')
  const join = () => fleet.push({ service: 'shop', url: healthUrl, healthUrl })
  const coming = run(secretKind(300), { onEvent: whileWaiting(join) })
  await expect(coming).rejects.toThrow(`${healthUrl} may still sign with the old one`)
  view.isFrozen = false
  const [one] = replicas as [Replica]
  const leaving = run(secretKind(600), { onEvent: whileWaiting(one.close) })
  await expect(leaving).rejects.toMatchObject({ code: 'stuck', step: 'confirm' })
  expect((await store.read(SECRET)).previous).toBeDefined()
  signerOf(await openReplica(store, one.port))
  await run(secretKind(0))
  expect(signerOf(late).reads('session', signature)).toBe(false)
})

it('a replica that has the secret and signs with it in a way that is not followed stops the rotation', async () => {
  const { store, replicas, secretKind, run } = await openShop()
  const [first] = replicas as [Replica]
  const signer = signerOf(first)
  const signature = signer.sign('session')
  const failure = { code: 'stopped', step: 'confirm' }
  await expect(run(secretKind(0))).rejects.toMatchObject(failure)
  expect((await store.read(SECRET)).previous).toBeDefined()
  expect(signer.reads('session', signature)).toBe(true)
})

it('a replica that does not load the new one keeps all from signing with it', async () => {
  const { store, replicas, fleet, secretKind, run, first } = await openShop()
  replicas.map(signerOf)
  const stale = await openReplica(createMemoryStore(first))
  const healthUrl = `http://127.0.0.1:${stale.port}`
  fleet.push({ service: 'shop', url: healthUrl, healthUrl })
  await expect(run(secretKind(0))).rejects.toMatchObject({ code: 'stopped', step: 'admit' })
  expect((await store.read(SECRET)).previous).toBeUndefined()
})

it('what a leaked one signed is refused at once, however long it lives', async () => {
  const { replicas, secretKind, run } = await openShop()
  const signers = replicas.map(signerOf)
  const [signer] = signers as [(typeof signers)[number]]
  const signature = signer.sign('session')
  await run(secretKind(24 * HOUR_MS), { compromised: true })
  expect(signers.map(({ reads }) => reads('session', signature))).toEqual([false, false])
})

it('rolled back after the switch: what the new one signed is read to its end, and then refused', async () => {
  const { set, clock } = patientClock()
  const { store, replicas, secretKind, run, journal, first } = await openShop({ clock })
  const signers = replicas.map(signerOf)
  const [signer] = signers as [(typeof signers)[number]]
  const kind = secretKind(HOUR_MS)
  await expect(run(kind)).rejects.toMatchObject({ code: 'postponed' })
  const signature = signer.sign('session')
  const back = () => rollBack(kind, { store, journal, clock })
  await expect(back()).rejects.toMatchObject({ code: 'postponed', step: 'abort' })
  expect((await store.read(SECRET)).current.value.expose()).toBe(first[SECRET])
  expect(signers.map(({ reads }) => reads('session', signature))).toEqual([true, true])
  set.aheadMs = HOUR_MS + 60_000
  await back()
  await expect.poll(() => signer.reads('session', signature)).toBe(false)
})
