import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createFakeClock, systemClock } from '@rekey/secret'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDotenvStore } from './index.ts'

const random = () => randomBytes(24).toString('base64url')
const LONG_MS = 3_600_000

let directory: string
let path: string
let stop: AbortController
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-watch-'))
  path = join(directory, '.env')
  stop = new AbortController()
})
afterEach(async () => {
  stop.abort()
  await rm(directory, { recursive: true })
})

async function replace(text: string) {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}

/** Watches KEY by events alone: no poll comes to help. */
async function watchKey(clock = systemClock) {
  const store = await openDotenvStore({ path, pollMs: LONG_MS, clock })
  await store.read('KEY')
  const seen: string[] = []
  const done = (async () => {
    for await (const { current } of store.watch('KEY', stop.signal))
      seen.push(current.value.expose())
  })()
  return { store, seen, done }
}

const until = (check: () => boolean) => expect.poll(check, { timeout: 10_000 }).toBe(true)

it('sees every replacement by rename, not only the first', async () => {
  const values = Array.from({ length: 5 }, random)
  await replace(`KEY=${random()}\n`)
  const { seen, done } = await watchKey()
  for (const value of values) {
    await replace(`KEY=${value}\n`)
    await until(() => seen.at(-1) === value)
  }
  stop.abort()
  await done
  expect(seen).toEqual(values)
})

it('is not read anew for the files that a writer has beside it', async () => {
  await replace(`KEY=${random()}\n`)
  let tries = 0
  // Each time that a broken file is read, the watch waits anew: here for events alone.
  const sleep: typeof systemClock.sleep = (_ms, ...more) => {
    tries += 1
    return systemClock.sleep(LONG_MS, ...more)
  }
  await watchKey({ ...systemClock, sleep })
  await replace('KEY=broken#text\n')
  await expect.poll(() => tries).toBeGreaterThan(1)
  await delay(150)
  const before = tries
  for (const end of ['lock', '0123456789ab.tmp']) await writeFile(`${path}.${end}`, random())
  await delay(150)
  expect(tries).toBe(before)
  await writeFile(`${path}.mine`, random())
  await expect.poll(() => tries).toBeGreaterThan(before)
})

it('passes over other secrets, broken text and a file that is gone, and keeps watching', async () => {
  const [first, last] = [random(), random()]
  await replace(`KEY=${first}\n`)
  const { seen } = await watchKey()
  for (const text of [`KEY=${first}\nOTHER=1\n`, `KEY='${random()}\n`, `KEY=${random()}#x\n`]) {
    await replace(text)
    await delay(150)
  }
  await rm(path)
  await delay(150)
  await replace(`KEY=${last}\n`)
  await until(() => seen.length > 0)
  expect(seen).toEqual([last])
})

it('does not yield a value that is only half written', async () => {
  const clock = createFakeClock()
  const value = random()
  await replace(`KEY=${random()}\n`)
  const { seen } = await watchKey(clock)
  const file = await open(path, 'w')
  await file.write(`KEY=${value.slice(0, 8)}`)
  await delay(100)
  await file.write(`${value.slice(8)}\n`)
  await file.close()
  await expect
    .poll(async () => {
      await clock.advance(50)
      return seen
    })
    .toEqual([value])
})

it('yields when the secret appears that was not there', async () => {
  const store = await openDotenvStore({ path, pollMs: LONG_MS })
  const changes = store.watch('KEY', stop.signal)[Symbol.asyncIterator]()
  const next = changes.next()
  await delay(50)
  const value = random()
  await replace(`KEY=${value}\n`)
  const { value: staged } = (await next) as { value: Awaited<ReturnType<typeof store.read>> }
  expect(staged.current.value.expose()).toBe(value)
})

it('notices by its poll what no event told', async () => {
  const clock = createFakeClock()
  await replace(`KEY=${random()}\n`)
  const store = await openDotenvStore({ path, clock })
  await store.read('KEY')
  const seen: string[] = []
  void (async () => {
    for await (const { current } of store.watch('KEY', stop.signal))
      seen.push(current.value.expose())
  })()
  const value = random()
  // A watch on a directory that was removed and made again is deaf
  await rm(directory, { recursive: true })
  await mkdir(directory)
  await delay(100)
  await replace(`KEY=${value}\n`)
  await delay(100)
  expect(seen).toEqual([])
  await expect
    .poll(async () => {
      await clock.advance(5_000)
      return seen
    })
    .toEqual([value])
})

it('ends its watches when the store is disposed', async () => {
  await replace(`KEY=${random()}\n`)
  const { store, done, seen } = await watchKey()
  await store[Symbol.asyncDispose]()
  await done
  expect(seen).toEqual([])
})
