import { createFakeClock, Secret, SecretError, type SecretSource } from '@rekey/secret'
import { createMemoryStore } from '../store/memory-store.ts'
import { expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { defineService, loadService } from '../index.ts'
import { env, fresh, replace, textSpec } from '../../test/follow/fixture.support.ts'

const NAMES = ['FIRST', 'SECOND', 'THIRD'] as const

/** A source that answers for all secrets at one instant: everything of it says which. */
function generations() {
  const source = {
    locator: 'generations',
    generation: 1,
    asked: 0,
    broken: undefined as string | undefined,
    read: () => Promise.reject(new SecretError('refused', 'it is asked for all')),
    readAll(names: readonly string[]) {
      source.asked += 1
      const { generation, broken } = source
      const text = (name: string) =>
        name === broken ? 'dev-short' : `dev-${name}-${generation}-${'x'.repeat(32)}`
      return Promise.resolve(new Map(names.map((name) => [name, staged(name, text(name))])))
    },
  }
  return source satisfies SecretSource
}

function staged(name: string, text: string) {
  const value = Secret.of(text, name)
  return {
    name,
    revision: text,
    current: { name, version: text, stage: 'current' as const, value, sensitive: [value] },
  }
}

async function open(source: SecretSource) {
  const clock = createFakeClock()
  const [first, second, third] = NAMES.map((name) => textSpec(name))
  if (!first || !second || !third) throw new Error('three are needed')
  const definition = defineService({
    name: 'app',
    settings: z.object({}),
    secrets: { first, second, third },
  })
  const policy = { ttlMs: 10_000 }
  const service = await loadService(definition, { env, source, clock, policy, random: () => 1 })
  onTestFinished(() => service.close())
  const generationsOf = (snapshot: Record<string, { current: { version: string } }>) =>
    Object.values(snapshot).map(({ current }) => current.version.split('-')[2])
  return { service, clock, generationsOf }
}

it('gives secrets of one instant, before and after each change, and asks once for all', async () => {
  const source = generations()
  const { service, clock, generationsOf } = await open(source)
  const before = service.snapshot()
  const seen = new Set<string>()
  const look = () => seen.add(generationsOf(service.snapshot()).join())
  for (const live of Object.values(service.secrets)) live.beforeUpdate(look)
  source.generation = 2
  source.asked = 0
  await clock.advance(10_000)
  expect(source.asked).toBe(1)
  expect([...seen]).toEqual(['1,1,1'])
  expect(generationsOf(service.snapshot())).toEqual(['2', '2', '2'])
  expect(generationsOf(before)).toEqual(['1', '1', '1'])
  expect(Object.isFrozen(before)).toBe(true)
})

it('gives some of them by name, and nothing if one of those cannot be read', async () => {
  const source = generations()
  const { service, clock } = await open(source)
  expect(Object.keys(service.snapshot('first', 'third'))).toEqual(['first', 'third'])
  source.readAll = () => Promise.reject(new SecretError('unreachable', 'down'))
  await clock.advance(25 * 60 * 60 * 1_000)
  expect(() => service.snapshot('first')).toThrow(SecretError)
})

it('lets one bad secret hold up no other', async () => {
  const source = generations()
  const { service, clock, generationsOf } = await open(source)
  source.broken = 'SECOND'
  source.generation = 2
  await clock.advance(10_000)
  expect(generationsOf(service.snapshot())).toEqual(['2', '1', '2'])
  const problems = service.health().secrets.map(({ problem }) => problem)
  expect(problems).toEqual([undefined, 'malformed', undefined])
})

it('tells of each secret that the source could not give in its answer', async () => {
  const source = generations()
  const all = source.readAll.bind(source)
  const { service, clock } = await open(source)
  source.readAll = async (names) => {
    const answers: Map<string, unknown> = await all(names)
    answers.set('FIRST', new SecretError('forbidden', 'not for you'))
    answers.delete('THIRD')
    return answers as Awaited<ReturnType<typeof all>>
  }
  await clock.advance(10_000)
  const problems = service.health().secrets.map(({ problem }) => problem)
  expect(problems).toEqual(['forbidden', undefined, 'unreachable'])
})

it('S24 asks once for 1,000 rejections of many secrets at the same time', async () => {
  const source = generations()
  const { service } = await open(source)
  source.asked = 0
  const lives = Object.values(service.secrets)
  await Promise.all(
    Array.from({ length: 1_000 }, async (_, n) =>
      lives[n % lives.length]?.rejected('unauthorized'),
    ),
  )
  expect(source.asked).toBe(1)
})

it('reads all again when one that is watched has changed, after the change', async () => {
  const store = createMemoryStore(Object.fromEntries(NAMES.map((name) => [name, fresh().expose()])))
  const readAll = vi.fn(async (names: readonly string[]) => {
    const answers = await Promise.all(names.map((name) => store.read(name)))
    return new Map(answers.map((answer) => [answer.name, answer]))
  })
  const { service } = await open({ ...store, readAll })
  readAll.mockClear()
  const version = await replace(store, fresh(), 'FIRST')
  await vi.waitFor(() => {
    expect(service.secrets.first.current.version).toBe(version)
  })
  expect(readAll.mock.calls.length).toBeGreaterThan(0)
})
