import { expect, it } from 'vitest'
import { createLiveSecret } from './internal.ts'
import { Secret, SecretError, type StagedSecret } from './index.ts'

function staged(revision: string): StagedSecret {
  const value = Secret.of(`value ${revision}`, 'NAME')
  return {
    name: 'NAME',
    revision,
    current: { name: 'NAME', version: revision, stage: 'current', value, sensitive: [value] },
  }
}

async function collect(changes: AsyncIterable<StagedSecret>, into: string[]) {
  for await (const { revision } of changes) into.push(revision)
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

it('yields each change, the newest only to a slow reader, and ends with its signal', async () => {
  const live = createLiveSecret(staged('1'))
  const stop = new AbortController()
  const seen: string[] = []
  const done = collect(live.changes(stop.signal), seen)
  live.update(staged('2'))
  live.update(staged('3'))
  await turn()
  live.update(staged('4'))
  await turn()
  stop.abort()
  await done
  expect(seen).toEqual(['3', '4'])
})

it('does not miss a change made before the reader began to wait', async () => {
  const live = createLiveSecret(staged('1'))
  const changes = live.changes(AbortSignal.timeout(5_000))[Symbol.asyncIterator]()
  live.update(staged('2'))
  expect((await changes.next()).value).toMatchObject({ revision: '2' })
})

it('tells a listener of an update before anyone can read it, until the listener stops', () => {
  const live = createLiveSecret(staged('1'))
  const seen: string[] = []
  const stop = live.beforeUpdate((next) => seen.push(`${live.current.version} to ${next.revision}`))
  live.update(staged('2'))
  live.update(staged('2'))
  stop()
  live.update(staged('3'))
  expect(seen).toEqual(['1 to 2'])
})

it('keeps what it holds when a listener throws', () => {
  const live = createLiveSecret(staged('1'))
  live.beforeUpdate(() => {
    throw new Error('not ready')
  })
  expect(() => {
    live.update(staged('2'))
  }).toThrow('not ready')
  expect(live.current.version).toBe('1')
})

it('keeps the same snapshot object until something changes', () => {
  const live = createLiveSecret(staged('1'))
  const before = live.snapshot
  live.update(staged('1'))
  expect(live.snapshot).toBe(before)
})

it('reads the source once for many rejections at once', async () => {
  let reads = 0
  const live = createLiveSecret(staged('1'), {
    refresh: async () => {
      reads += 1
      await turn()
      live.update(staged('2'))
    },
  })
  await Promise.all(Array.from({ length: 50 }, () => live.rejected('unauthorized')))
  expect(reads).toBe(1)
  expect(live.current.version).toBe('2')
})

it('throws what its check answers at each reading, and still tells of changes', async () => {
  const problem = new SecretError('unreachable', 'too old')
  let isOld = false
  const live = createLiveSecret(staged('1'), { check: () => (isOld ? problem : undefined) })
  const stop = new AbortController()
  const seen: string[] = []
  const done = collect(live.changes(stop.signal), seen)
  expect(live.problem).toBeUndefined()
  isOld = true
  expect(live.problem).toBe(problem)
  for (const stage of ['snapshot', 'current', 'pending', 'previous'] as const) {
    expect(() => live[stage]).toThrow(problem)
  }
  live.update(staged('2'))
  await turn()
  isOld = false
  expect(live.current.version).toBe('2')
  stop.abort()
  await done
  expect(seen).toEqual(['2'])
})

it('begins without a version, and has one after the first update', async () => {
  const absent = new SecretError('missing', 'no value yet')
  const live = createLiveSecret<string>({ name: 'NAME', absent })
  const stop = new AbortController()
  const seen: string[] = []
  const done = collect(live.changes(stop.signal), seen)
  expect(live.name).toBe('NAME')
  expect(live.problem).toBe(absent)
  expect(() => live.current).toThrow(absent)
  live.update(staged('1'))
  await turn()
  expect(live.problem).toBeUndefined()
  expect(live.snapshot.revision).toBe('1')
  stop.abort()
  await done
  expect(seen).toEqual(['1'])
})

it('changes several secrets in one step after each has told its listeners', () => {
  const lives = [createLiveSecret(staged('1')), createLiveSecret(staged('1'))]
  const seen: string[] = []
  for (const live of lives) {
    live.beforeUpdate(() => seen.push(lives.map(({ snapshot }) => snapshot.revision).join()))
  }
  const commits = lives.map((live) => live.prepare(staged('2')))
  expect(lives.map(({ snapshot }) => snapshot.revision)).toEqual(['1', '1'])
  for (const commit of commits) commit()
  expect(lives.map(({ snapshot }) => snapshot.revision)).toEqual(['2', '2'])
  expect(seen).toEqual(['1,1', '1,1'])
})
