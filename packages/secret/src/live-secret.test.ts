import { expect, it } from 'vitest'
import { createLiveSecret, Secret, type StagedSecret } from './index.ts'

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
