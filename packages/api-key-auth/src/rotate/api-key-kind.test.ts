import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { planRotation, rollBack, rotate } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { createMemoryStore } from '@rekey/config-loader/store'
import type { Replica } from '@rekey/secret/internal/kind'
import { expect, it, onTestFinished } from 'vitest'
import {
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

async function open() {
  const fixture = setUp()
  const before = await fixture.store.read(NAME)
  const beta = await openReceiver({ source: fixture.store })
  const alpha = await openSender(fixture.store, [beta])
  return { ...fixture, first: before.current, beta, alpha }
}

it('replaces the key while it is in use, and no call is refused', async () => {
  const { options, first, beta, alpha } = await open()
  const stop = repeat(alpha.call)
  await rotate(kind([beta, alpha.replica]), options)
  expect(new Set((await stop()).flat())).toEqual(new Set([200]))
  expect(await showKey(beta.url, first.value.expose())).toBe(401)
})

it('R24 does not let the sender switch before every receiver replica accepts the new key', async () => {
  const { store, options, first, beta, alpha } = await open()
  const source = createMemoryStore({ [NAME]: first.value.expose() })
  const deaf = await openReceiver({ source })
  const rotation = rotate(kind([beta, deaf, alpha.replica], { deadlineMs: 200 }), options)
  const named = expect.stringContaining(deaf.healthUrl) as string
  await expect(rotation).rejects.toMatchObject({ code: 'stopped', step: 'admit', message: named })
  const staged = await store.read(NAME)
  expect([staged.pending !== undefined, staged.previous]).toEqual([true, undefined])
})

it('R24 a receiver that is started after all had acknowledged, and sees an old store, is waited for', async () => {
  const { store, options, beta, alpha } = await open()
  const fleet: Replica[] = [beta, alpha.replica]
  const view = createView(store)
  view.show(await store.read(NAME))
  const onEvent = async ({ step, phase }: RotationEvent) => {
    if (`${step} ${phase}` === 'admit end') fleet.push(await openReceiver(view))
  }
  const live = kind(() => Promise.resolve([...fleet]), { deadlineMs: 500 })
  const failure = { code: 'stopped', step: 'prove', reason: 'unreachable' }
  const rotation = rotate(live, { ...options, onEvent })
  await expect(rotation).rejects.toMatchObject(failure)
  await expect(rotation).rejects.toThrow(fleet.at(-1)?.healthUrl)
  expect((await store.read(NAME)).previous).toBeUndefined()
  view.show(undefined)
  await rotate(kind(fleet), options)
  expect((await store.read(NAME)).pending).toBeUndefined()
})

/** The url of a server that refuses every key. */
async function openRefusing(): Promise<string> {
  const refusing = createServer((_request, response) => response.writeHead(401).end())
  await new Promise<void>((resolve) => void refusing.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void refusing.close())
  return `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`
}

it('rolls the rotation back when a receiver that reported the key as accepted refuses it', async () => {
  const { store, options, beta, alpha } = await open()
  const url = await openRefusing()
  const rotation = rotate(kind([beta, { ...beta, url }, alpha.replica]), options)
  const failure = { code: 'rolled-back', step: 'prove', reason: 'rejected' }
  await expect(rotation).rejects.toMatchObject(failure)
  expect((await store.read(NAME)).pending).toBeUndefined()
  expect(await alpha.call()).toEqual([200])
})

it('replaces a key that leaked without the receivers that are late or down', async () => {
  const { store, options, waits, first, beta, alpha } = await open()
  const deaf = await openReceiver({ source: createMemoryStore({ [NAME]: newKey() }) })
  const down = await openReceiver({ source: store })
  await down.close()
  const fleet = [beta, deaf, down, alpha.replica]
  await rotate(kind(fleet, { deadlineMs: 200 }), { ...options, compromised: true })
  expect(await showKey(beta.url, first.value.expose())).toBe(401)
  expect(await alpha.call()).toEqual([200])
  const left = `went on without beta at ${deaf.healthUrl}, beta at ${down.healthUrl}`
  expect(waits('prove')).toContain(left)
})

it('R52 replaces a key that leaked without a receiver that reported the next one as accepted and refuses it', async () => {
  const { options, waits, first, beta, alpha } = await open()
  const url = await openRefusing()
  const live = kind([beta, { ...beta, url }, alpha.replica])
  await rotate(live, { ...options, compromised: true })
  expect(await showKey(beta.url, first.value.expose())).toBe(401)
  expect(await alpha.call()).toEqual([200])
  expect(waits('prove')).toContain(`went on without beta at ${beta.healthUrl}`)
})

it('does not promote a key, even if the old one leaked, that no receiver accepts', async () => {
  const { options, first, beta, alpha } = await open()
  await beta.close()
  const source = createMemoryStore({ [NAME]: first.value.expose() })
  const fleet = [await openReceiver({ source }), alpha.replica]
  const rotation = rotate(kind(fleet, { deadlineMs: 200 }), { ...options, compromised: true })
  const failure = { code: 'stopped', step: 'prove', reason: 'unreachable' }
  await expect(rotation).rejects.toMatchObject(failure)
})

it('states the hard end of the overlap, by default three times the validation period', () => {
  expect(kind([], { validationMs: 200 }).maxOverlapMs).toBe(600)
  expect(kind([], { validationMs: 200, maxOverlapMs: 60_000 }).maxOverlapMs).toBe(60_000)
})

it('keeps the old key while it is used and the overlap lasts, and names who uses it', async () => {
  const { store, options, waits, first, beta, alpha } = await open()
  const stop = repeat(() => alpha.callWith(first))
  const fleet = [beta, alpha.replica]
  const cancel = new AbortController()
  const onEvent = (event: RotationEvent) => {
    void options.onEvent(event)
    if (waits('confirm').length > 20) cancel.abort(new Error('cancelled'))
  }
  const patient = kind(fleet, { validationMs: 200, maxOverlapMs: 60_000 })
  const rotation = rotate(patient, { ...options, onEvent, signal: cancel.signal })
  await expect(rotation).rejects.toThrow('cancelled')
  const where = `127.0.0.1, seen by beta at ${beta.healthUrl}`
  const times = String.raw`\(\d+ times, last at 20\d\d-\S+Z\)`
  const who = new RegExp(`alpha at ${alpha.replica.healthUrl} ${times}; ${where} ${times}`)
  expect(waits('confirm').at(-1)).toMatch(who)
  expect((await store.read(NAME)).previous).toBeDefined()
  await stop()
  await rotate(kind(fleet), options)
  expect((await store.read(NAME)).previous).toBeUndefined()
  expect(waits('confirm').at(-1)).toMatch(/^old key silent for \d+ of 100 ms$/)
})

it('does not wait for silence of a key that has expired, nor bring it back', async () => {
  const { store, options, first, beta, alpha } = await open()
  const expiring = {
    ...store,
    async promote(...wanted: Parameters<typeof store.promote>) {
      const staged = await store.promote(...wanted)
      const { previous } = staged
      return { ...staged, ...(previous && { previous: { ...previous, expiresAt: new Date(0) } }) }
    },
  }
  repeat(() => alpha.callWith(first))
  await rotate(kind([beta, alpha.replica]), { ...options, store: expiring })
  expect((await store.read(NAME)).previous).toBeUndefined()
})

it('takes a rotation back only when no call with the new key can be under way', async () => {
  const { store, options, beta, alpha } = await open()
  const fleet = [beta, alpha.replica]
  const onEvent = ({ step, phase }: RotationEvent) => {
    if (`${step} ${phase}` === 'confirm begin') throw new Error('killed')
  }
  await expect(rotate(kind(fleet), { ...options, onEvent })).rejects.toThrow('killed')
  const { current } = await store.read(NAME)
  const stop = repeat(() => showKey(beta.url, current.value.expose()))
  const failure = { code: 'stopped', step: 'abort', reason: 'unreachable' }
  await expect(rollBack(kind(fleet, { deadlineMs: 100 }), options)).rejects.toMatchObject(failure)
  expect(new Set(await stop())).toEqual(new Set([200]))
  await rollBack(kind(fleet), options)
  expect(await showKey(beta.url, current.value.expose())).toBe(401)
})

it('does not take a fleet without receivers for one in which all have acknowledged', async () => {
  const { options, alpha } = await open()
  const failure = { code: 'stopped', step: 'admit', reason: 'missing' }
  await expect(rotate(kind([alpha.replica]), options)).rejects.toMatchObject(failure)
})

it('plans whom it waits for, and how many refused calls it bears', async () => {
  const { store, options, beta, alpha } = await open()
  const down = { ...(await openSender(store, [beta])).replica, healthUrl: beta.url }
  await alpha.call()
  const plan = await planRotation(kind([beta, alpha.replica, down]), options)
  const steps = Object.fromEntries(plan.steps.map(({ step, what }) => [step, what]))
  expect(steps['admit']).toContain(`both keys: beta at ${beta.healthUrl}`)
  expect(steps['confirm']).toContain(`${down.healthUrl} (no answer)`)
  expect(steps['confirm']).toContain(`${alpha.replica.healthUrl} 0 of 1, so up to 1 % are borne`)
})
