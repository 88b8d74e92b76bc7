import { createFakeClock, Secret, SecretError, type SecretSource } from '@rekey/secret'
import { createMemoryStore } from '../store/memory-store.ts'
import { expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { defineService, loadService } from '../index.ts'
import { env, fresh, NAME, textSpec } from '../../test/follow/fixture.support.ts'

const definition = defineService({
  name: 'app',
  settings: z.object({}),
  secrets: { text: textSpec() },
})

async function open(source: SecretSource, clock = createFakeClock()) {
  const service = await loadService(definition, { env, source, clock, policy: { ttlMs: 1_000 } })
  onTestFinished(() => service.close())
  const stages = () => service.health().secrets[0]?.versions.map(({ stage }) => stage)
  return { service, clock, stages, live: service.secrets.text }
}

it('takes over each step of a rotation from a store that it watches', async () => {
  const store = createMemoryStore({ [NAME]: fresh().expose() })
  const { live, stages } = await open(store)
  const old = live.current.version
  let staged = await store.stage(NAME, fresh(), (await store.read(NAME)).revision)
  await vi.waitFor(() => {
    expect(stages()).toEqual(['current', 'pending'])
  })
  staged = await store.promote(NAME, staged.revision)
  await vi.waitFor(() => {
    expect(live.previous?.version).toBe(old)
  })
  await store.revoke(NAME, staged.revision)
  await vi.waitFor(() => {
    expect(stages()).toEqual(['current'])
  })
  expect(live.current.version).not.toBe(old)
})

it('keeps the old value when the new one breaks its rule, and says so in health', async () => {
  const store = createMemoryStore({ [NAME]: fresh().expose() })
  const { service, live } = await open(store)
  const { version } = live.current
  const staged = await store.stage(
    NAME,
    Secret.of('dev-short', NAME),
    (await store.read(NAME)).revision,
  )
  await store.promote(NAME, staged.revision)
  await vi.waitFor(() => {
    expect(service.health().secrets[0]?.problem).toBe('malformed')
  })
  expect(live.current.version).toBe(version)
})

it('polls a source that cannot watch, and serves on while it is unreachable', async () => {
  const store = createMemoryStore({ [NAME]: fresh().expose() })
  let down = false
  const source: SecretSource = {
    locator: 'polled',
    read: (name) =>
      down ? Promise.reject(new SecretError('unreachable', 'down')) : store.read(name),
  }
  const { service, clock, live } = await open(source)
  const { version } = live.current
  const staged = await store.stage(NAME, fresh(), (await store.read(NAME)).revision)
  await store.promote(NAME, staged.revision)
  down = true
  await clock.advance(1_000)
  expect(live.current.version).toBe(version)
  expect(service.health().secrets[0]?.problem).toBe('unreachable')
  down = false
  await clock.advance(1_000)
  expect(live.current.version).not.toBe(version)
  expect(service.health().secrets[0]?.problem).toBeUndefined()
})

it('reads the source at once after a rejection, but not again and again', async () => {
  const store = createMemoryStore({ [NAME]: fresh().expose() })
  const read = vi.fn((name: string) => store.read(name))
  const { live } = await open({ locator: 'counted', read })
  read.mockClear()
  await Promise.all([live.rejected('unauthorized'), live.rejected('unauthorized')])
  await live.rejected('unauthorized')
  expect(read).toHaveBeenCalledTimes(1)
})

it('stops following when the service is closed', async () => {
  const store = createMemoryStore({ [NAME]: fresh().expose() })
  const { service, live } = await open(store)
  await service.close()
  await store.stage(NAME, fresh(), (await store.read(NAME)).revision)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(live.pending).toBeUndefined()
})

it('begins to watch again after a watch has failed, and tells it once', async () => {
  const store = createMemoryStore({ [NAME]: fresh().expose() })
  let begun = 0
  const watch: SecretSource['watch'] = (name, signal) => {
    begun += 1
    if (begun <= 3) throw new SecretError('unreachable', 'no watch is left: raise the limit')
    return store.watch(name, signal)
  }
  const events: string[] = []
  const clock = createFakeClock()
  const service = await loadService(definition, {
    ...{ env, clock, source: { locator: 'watched', read: store.read.bind(store), watch } },
    policy: { ttlMs: 60_000 },
    onEvent: ({ type }) => events.push(type),
  })
  onTestFinished(() => service.close())
  await clock.advance(180_000)
  expect(events).toEqual(['watch-failed'])
  const staged = await store.stage(NAME, fresh(), (await store.read(NAME)).revision)
  await vi.waitFor(() => {
    expect(service.secrets.text.pending?.version).toBe(staged.pending?.version)
  })
})

it('tells a source that makes its values which one the far side refused, before it reads', async () => {
  const store = createMemoryStore({ [NAME]: fresh().expose() })
  const calls: string[] = []
  const source: SecretSource = {
    locator: 'making',
    async read(name) {
      calls.push('read')
      return store.read(name)
    },
    async rejected(name, version) {
      calls.push(`${name} ${version}`)
      const staged = await store.stage(name, fresh(), (await store.read(name)).revision)
      await store.promote(name, staged.revision)
    },
  }
  const { live } = await open(source)
  const { version } = live.current
  calls.length = 0
  await live.rejected('unauthorized')
  expect(calls).toEqual([`${NAME} ${version}`, 'read'])
  expect(live.current.version).not.toBe(version)
})
