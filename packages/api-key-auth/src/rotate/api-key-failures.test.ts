import { crc32 } from 'node:zlib'
import { rotate } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { systemClock } from '@rekey/secret'
import { expect, it } from 'vitest'
import {
  countsAt,
  createView,
  kind,
  NAME,
  newKey,
  openReceiver,
  openSender,
  repeat,
  setUp,
  showKey,
} from '../../test/rotate/api-key-kind.support.ts'

/** Alpha calls two replicas of beta, one of which can be restarted so that it sees the store as it was. */
async function open() {
  const fixture = setUp()
  const before = await fixture.store.read(NAME)
  const steady = await openReceiver({ source: fixture.store })
  const view = createView(fixture.store)
  const beta = await openReceiver(view)
  const alpha = await openSender(fixture.store, [beta, steady])
  const restart = async () => {
    view.show(before)
    await beta.close()
    await openReceiver({ ...view, ports: beta.ports })
  }
  return { ...fixture, first: before.current, beta, steady, view, alpha, restart }
}

/** Does something when an event comes, once. */
function when(isIt: (event: RotationEvent) => boolean, work: () => unknown) {
  let isDone = false
  return async (event: RotationEvent) => {
    if (isDone || !isIt(event)) return
    isDone = true
    await work()
  }
}

const confirmBegins = ({ step, phase }: RotationEvent) => `${step} ${phase}` === 'confirm begin'

it('R24 a receiver restarts with an old store after the switch: the rotation pauses, then is rolled back', async () => {
  const { store, options, waits, first, beta, steady, alpha, restart } = await open()
  const restarting = when(confirmBegins, restart)
  const onEvent = (event: RotationEvent) => {
    void options.onEvent(event)
    return restarting(event)
  }
  const stop = repeat(alpha.call)
  const rotation = rotate(kind([beta, steady, alpha.replica]), { ...options, onEvent })
  const failure = { code: 'rolled-back', step: 'confirm', reason: 'rejected' }
  await expect(rotation).rejects.toMatchObject(failure)
  const what = new RegExp(
    String.raw`\d+ of \d+ calls with the new key were refused \(alpha at ${alpha.replica.healthUrl}\)`,
  )
  await expect(rotation).rejects.toThrow(what)
  const pause = waits('confirm').find((message) => message.includes('paused, because'))
  expect(pause).toMatch(what)
  expect(new Set((await stop()).flat())).toEqual(new Set([200]))
  const staged = await store.read(NAME)
  expect([staged.current.version, staged.pending]).toEqual([first.version, undefined])
})

it('goes on when calls are answered again', async () => {
  const { store, options, beta, steady, view, alpha, restart } = await open()
  const restarting = when(confirmBegins, restart)
  const mending = when(
    ({ message = '' }) => message.includes('paused'),
    () => {
      view.show(undefined)
    },
  )
  const onEvent = (event: RotationEvent) => {
    void mending(event)
    return restarting(event)
  }
  const stop = repeat(alpha.call)
  const fleet = [beta, steady, alpha.replica]
  const patient = kind(fleet, { failureGraceMs: 1_000 })
  const { version } = await rotate(patient, { ...options, onEvent })
  await stop()
  const staged = await store.read(NAME)
  expect([staged.current.version, staged.previous]).toEqual([version, undefined])
  expect(await countsAt(alpha.replica, version)).not.toMatchObject({ failures: 0 })
})

it('R27 a flood of forged keys takes nothing back', async () => {
  const { store, options, first, beta, steady, alpha } = await open()
  const known = new Set([first.value.expose()])
  const onEvent = async () => {
    const { current, pending } = await store.read(NAME)
    for (const version of [current, pending]) if (version) known.add(version.value.expose())
  }
  const stop = repeat(alpha.call)
  const flood = repeat(() =>
    Promise.all([...known, newKey()].map((key) => showKey(beta.url, forged(key)))),
  )
  const { version } = await rotate(kind([beta, steady, alpha.replica]), { ...options, onEvent })
  expect(new Set((await flood()).flat())).not.toContain(200)
  expect(new Set((await stop()).flat())).toEqual(new Set([200]))
  const { wrongSecrets = 0, failures } = (await countsAt(beta, version)) ?? {}
  expect([wrongSecrets > 5, failures]).toEqual([true, 0])
  const late = await countsAt(beta, first.version)
  expect([(late?.wrongSecrets ?? 0) > 5, late?.failures]).toEqual([true, 0])
})

it('R25 clocks of the two ends are ten minutes apart: nobody is refused too early, and the old key ends', async () => {
  const { store, options, waits } = setUp()
  const first = (await store.read(NAME)).current
  const betas = await Promise.all(
    [-300_000, 300_000].map((skewMs) => {
      const clock = { ...systemClock, now: () => systemClock.now() + skewMs }
      return openReceiver({ source: store, clock })
    }),
  )
  const alpha = await openSender(store, betas)
  const stop = repeat(alpha.call)
  await rotate(kind([...betas, alpha.replica]), options)
  expect(new Set((await stop()).flat())).toEqual(new Set([200]))
  expect(waits('confirm')).not.toEqual([])
  const late = betas.map(({ url }) => showKey(url, first.value.expose()))
  expect(await Promise.all(late)).toEqual([401, 401])
})

/** The public part of a key with another secret, and the right checksum. */
function forged(key: string): string {
  const secret = newKey().split('_')[3] ?? ''
  const body = [...key.split('_').slice(0, 3), secret].join('_')
  return `${body}_${base62(crc32(body))}`
}

function base62(value: number): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  let text = ''
  for (let left = value; text.length < 6; left = Math.floor(left / 62)) {
    text = digits.charAt(left % 62) + text
  }
  return text
}
