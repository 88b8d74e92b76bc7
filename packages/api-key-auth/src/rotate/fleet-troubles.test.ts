import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFleet, rotate } from '@rekey/rekey/engine'
import { SecretError } from '@rekey/secret'
import type { Replica } from '@rekey/secret/internal/kind'
import { expect, it, onTestFinished } from 'vitest'
import {
  kind,
  NAME,
  openReceiver,
  openSender,
  setUp,
} from '../../test/rotate/api-key-kind.support.ts'

/** A receiver and a sender of one store, and where a dead replica was. */
async function openFleet() {
  const fixture = setUp()
  const { store } = fixture
  const { current: first } = await store.read(NAME)
  const beta = await openReceiver({ source: store })
  const alpha = await openSender(store, [beta])
  const down = await openReceiver({ source: store })
  await down.close()
  return { ...fixture, first, beta, alpha, down }
}

/** A health listener that takes requests and answers none, and how many it got. */
async function openSilent() {
  let asked = 0
  const server = createServer(() => void (asked += 1))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const healthUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { healthUrl, asked: () => asked }
}

it('R65 a listed sender that does not answer has not switched: stuck at confirm, nothing is revoked', async () => {
  const { store, options, first, beta, alpha, down } = await openFleet()
  const silent: Replica = { ...down, service: 'alpha' }
  const times = { deadlineMs: 500, maxOverlapMs: 300 }
  const rotation = rotate(kind([beta, alpha.replica, silent], times), options)
  await expect(rotation).rejects.toMatchObject({
    ...{ code: 'stuck', step: 'confirm', details: { absent: down.healthUrl } },
  })
  expect((await store.read(NAME)).previous?.version).toBe(first.version)
  expect(await alpha.call()).toEqual([200])
})

it.each([
  ['cannot be asked', () => Promise.reject(new SecretError('unreachable', 'no name server'))],
  ['lists no replica', () => Promise.resolve([])],
])(
  'R63 a rotation outlives a source of replicas that %s for a second',
  async (_, fail) => {
    const { options, beta, alpha, waits } = await openFleet()
    let failingUntil = 0
    const source = () => {
      return Date.now() < failingUntil ? fail() : Promise.resolve([beta, alpha.replica])
    }
    const begins = new Set<string>()
    const onEvent: typeof options.onEvent = (event) => {
      const { step, phase } = event
      if (phase === 'begin' && ['admit', 'prove', 'confirm', 'confirm-revoked'].includes(step)) {
        begins.add(step)
        failingUntil = Date.now() + 1_000
      }
      return options.onEvent(event)
    }
    const rotated = await rotate(kind(source), { ...options, onEvent })
    expect(rotated).toHaveProperty('revoked')
    expect([begins.size, waits('confirm').length > 0]).toEqual([4, true])
  },
  30_000,
)

it('R63 a source that never answers ends a wait at its deadline', async () => {
  const { options } = await openFleet()
  const source = () => Promise.reject(new SecretError('unreachable', 'no name server'))
  const rotation = rotate(kind(source, { deadlineMs: 300 }), options)
  await expect(rotation).rejects.toMatchObject({ code: 'stopped', step: 'admit' })
})

it('R62 an emergency waits once for a replica that does not answer, and reports what is unproven', async () => {
  const { store, options, first, beta, alpha, down } = await openFleet()
  const silent = await openSilent()
  const dead: Replica = { ...down, healthUrl: silent.healthUrl }
  const fleet = createFleet([beta, alpha.replica, dead])
  const begun = performance.now()
  const rotated = await rotate(kind([], { fleet }), { ...options, compromised: true })
  expect(performance.now() - begun).toBeLessThan(5_000)
  expect(silent.asked()).toBe(1)
  expect(rotated).toMatchObject({ unproven: [first.id ?? first.version] })
  expect(rotated).not.toHaveProperty('revoked')
  expect((await store.read(NAME)).previous).toBeUndefined()
}, 20_000)
