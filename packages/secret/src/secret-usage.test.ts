import { expect, it } from 'vitest'
import { createFakeClock } from './index.ts'
import { newConsumer, SecretUsage } from './internal.ts'

const versionsOf = (usage: SecretUsage) => usage.report().versions.map(({ version }) => version)

it('reports uses by version, what consumers hold, and since when it counts', async () => {
  const clock = createFakeClock()
  const since = clock.now()
  const usage = new SecretUsage(clock)
  usage.record('1')
  await clock.advance(1_000)
  usage.record('1')
  usage.fail()
  usage.hold('pool', ['1', '0'])
  expect(usage.report()).toEqual({
    since,
    versions: [{ version: '1', uses: 2, failures: 0, wrongSecrets: 0, lastUsedAt: clock.now() }],
    holding: { pool: ['1', '0'] },
    failures: 1,
  })
})

it('counts refusals with the version they belong to, and all of them in total', async () => {
  const clock = createFakeClock()
  const usage = new SecretUsage(clock)
  usage.record('2')
  await clock.advance(1_000)
  usage.fail('1')
  usage.failWrongSecret('2')
  usage.fail()
  expect(usage.report()).toMatchObject({
    versions: [
      { version: '1', uses: 0, failures: 1, wrongSecrets: 0, lastFailedAt: clock.now() },
      { version: '2', uses: 1, failures: 0, wrongSecrets: 1 },
    ],
    failures: 3,
  })
})

it('says nothing of a version that was never used or refused', () => {
  const usage = new SecretUsage(createFakeClock())
  const counter = usage.counterOf('1')
  expect(versionsOf(usage)).toEqual([])
  counter.use()
  expect(versionsOf(usage)).toEqual(['1'])
})

it('names the sources of a version, the latest first, where they were told', async () => {
  const clock = createFakeClock()
  const start = clock.now()
  const usage = new SecretUsage(clock)
  usage.record('1')
  usage.record('0', '10.0.0.1')
  usage.record('0', '10.0.0.2')
  await clock.advance(1_000)
  usage.fail('0', '10.0.0.1')
  const [first, second] = usage.report().versions
  expect(first).not.toHaveProperty('sources')
  expect(second?.sources).toEqual([
    { source: '10.0.0.1', uses: 1, failures: 1, lastSeenAt: start + 1_000 },
    { source: '10.0.0.2', uses: 1, failures: 0, lastSeenAt: start },
  ])
})

it('remembers the last 16 of many sources', () => {
  const usage = new SecretUsage(createFakeClock())
  for (let i = 0; i < 1_000; i++) usage.record('0', `source ${i}`)
  const sources = usage.report().versions[0]?.sources?.map(({ source }) => source)
  expect(sources).toEqual(Array.from({ length: 16 }, (_, i) => `source ${999 - i}`))
})

it('forgets versions that nobody has asked for in a long time, and none that is asked for', () => {
  const usage = new SecretUsage(createFakeClock())
  const kept = usage.counterOf('kept')
  for (let i = 0; i < 1_000; i++) {
    usage.record(`version ${i}`)
    usage.counterOf('kept')
  }
  kept.use()
  expect(versionsOf(usage)).toHaveLength(16)
  expect(versionsOf(usage)).toEqual(expect.arrayContaining(['version 999', 'kept']))
})

it('reports the data that is left under a version, where the application counts it', () => {
  const usage = new SecretUsage(createFakeClock())
  expect(usage.report()).not.toHaveProperty('left')
  usage.leave({ '1': { rows: 3, counts: 2 } })
  expect(usage.report()).toMatchObject({ left: { '1': { rows: 3, counts: 2 } } })
})

it('reports a version that was shown with other secrets alone, and when it was neither used nor refused', () => {
  const usage = new SecretUsage(createFakeClock())
  usage.failWrongSecret('1')
  const [use] = usage.report().versions
  expect(use).toStrictEqual({ version: '1', uses: 0, failures: 0, wrongSecrets: 1 })
})

it('gives each consumer of one name a name of its own', () => {
  const usage = new SecretUsage(createFakeClock())
  const names = Array.from({ length: 3 }, () => newConsumer(usage, 'ioredis'))
  expect(names).toEqual(['ioredis', 'ioredis 2', 'ioredis 3'])
  expect(usage.report().holding).toEqual({ ioredis: [], 'ioredis 2': [], 'ioredis 3': [] })
})
