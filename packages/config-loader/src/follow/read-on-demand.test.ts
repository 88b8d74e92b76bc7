import { createFakeClock, type SecretSource, type StagedSecret } from '@rekey/secret'
import { createMemoryStore } from '../store/memory-store.ts'
import { expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { defineService, loadService } from '../index.ts'
import { env, fresh, NAME, replace, textSpec } from '../../test/follow/fixture.support.ts'

const definition = defineService({
  name: 'app',
  settings: z.object({}),
  secrets: { text: textSpec() },
})

/** A store whose next answer comes late, and is from before that. */
function lateStore() {
  const store = createMemoryStore({ [NAME]: fresh().expose() })
  let release: (() => void) | undefined
  let reads = 0
  const read = async (name: string): Promise<StagedSecret> => {
    reads += 1
    const answer = await store.read(name)
    if (reads === 2) await new Promise<void>((resolve) => (release = resolve))
    return answer
  }
  return { store, read, reads: () => reads, release: () => release?.() }
}

async function openInPoll(source: SecretSource, reads: () => number) {
  const clock = createFakeClock()
  const service = await loadService(definition, {
    ...{ env, source, clock, random: () => 1 },
    policy: { ttlMs: 1_000 },
  })
  onTestFinished(() => service.close())
  await clock.advance(1_000)
  await vi.waitFor(() => {
    expect(reads()).toBe(2)
  })
  return service.secrets.text
}

it('begins a read of its own for a rejection while a poll is under way, whose answer changes nothing afterwards', async () => {
  const { store, read, reads, release } = lateStore()
  const live = await openInPoll({ locator: 'late', read }, reads)
  const version = await replace(store)
  await live.rejected('unknown-key')
  expect(live.current.version).toBe(version)
  release()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(live.current.version).toBe(version)
})

it('asks for all again after a poll that was under way when a secret was rejected', async () => {
  const { store, read, reads, release } = lateStore()
  const readAll = async () => new Map([[NAME, await read(NAME)]])
  const live = await openInPoll({ locator: 'late', read: store.read.bind(store), readAll }, reads)
  const version = await replace(store)
  const rejected = live.rejected('unknown-key')
  release()
  await rejected
  expect(live.current.version).toBe(version)
})
