// @lane servers
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { createFakeClock, systemClock } from '@rekey/secret'
import { openKubeletVolume } from '@rekey/testbed'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MountSource } from '../internal.ts'
import { openMountSource } from '../index.ts'
import { findLayout, readMount } from './read-mount.ts'
import {
  kubeletWriter,
  LONG_MS,
  random,
  volumeFixture,
} from '../../../test/store/mount/volume.support.ts'

const KEY = 'API_KEY_FRONTEND_SIGNING'
const until = (check: () => unknown) => expect.poll(check, { timeout: 10_000, interval: 5 })

/** In a user namespace of its own, where it may set the limit of inotify for itself alone. */
const NO_WATCHES = ['--user', '--map-root-user', 'sh', '-c']
const FORBID = 'echo 0 > /proc/sys/user/max_inotify_watches && exec "$0" "$@"'

function canForbidWatches(): boolean {
  try {
    execFileSync('unshare', [...NO_WATCHES, FORBID, 'true'], { stdio: 'ignore' })
    return true
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}

describe.runIf(kubeletWriter.found)('S18 a lost event', () => {
  it.runIf(canForbidWatches())(
    'S18 no inotify watch left (ENOSPC): the poll notices each rotation, and the source says that it is not watched',
    { timeout: 60_000 },
    async () => {
      await using fixture = await volumeFixture()
      await fixture.volume.write({ [KEY]: random() })
      const program = join(import.meta.dirname, '../../../test/store/mount/mount-watch.child.ts')
      const node = [process.execPath, '--conditions=@rekey/source', '--import=tsx', program]
      const args = [...NO_WATCHES, FORBID, ...node, fixture.directory, KEY]
      const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'inherit'] })
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
      const told = async () =>
        JSON.parse(((await lines.next()) as { value: string }).value) as unknown
      expect(await told()).toEqual(['not-watched'])
      const source = await fixture.open()
      for (let rotation = 0; rotation < 3; rotation += 1) {
        // It begins to watch after it has told; a rotation before that is noticed like any other.
        await fixture.volume.write({ [KEY]: random() })
        expect(await told()).toBe((await source.read(KEY)).current.version)
      }
      child.kill()
      await once(child, 'exit')
    },
  )

  it('S18 the watch is lost because the directory was made anew: the poll notices, and watches again', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'rekey-remount-'))
    const directory = join(parent, 'mount')
    const clock = createFakeClock()
    const write = async (value: string) => {
      await using volume = await openKubeletVolume({ program: kubeletWriter.path, directory })
      await volume.write({ [KEY]: value })
    }
    const values = [random(), random(), random()] as const
    await write(values[0])
    await using source = await openMountSource({ directory, clock })
    await source.read(KEY)
    const seen: string[] = []
    const stop = new AbortController()
    void (async () => {
      for await (const { current } of source.watch(KEY, stop.signal))
        seen.push(current.value.expose())
    })()
    await rm(directory, { recursive: true })
    await until(async () => await source.read(KEY).catch((error: unknown) => error)).toMatchObject({
      code: 'missing',
    })
    await write(values[1])
    await until(async () => {
      await clock.advance(5_000)
      return seen
    }).toEqual([values[1]])
    expect(await source.warnings([KEY])).toEqual([])
    await write(values[2])
    await until(() => seen).toEqual([values[1], values[2]])
    stop.abort()
    await rm(parent, { recursive: true })
  })
})

describe('S19 a plain directory', () => {
  let directory: string
  let source: MountSource
  let stop: AbortController
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rekey-plain-'))
    source = await openMountSource({ directory, pollMs: LONG_MS })
    stop = new AbortController()
  })
  afterEach(async () => {
    stop.abort()
    await source[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })
  const collect = <T>(iterable: AsyncIterable<T>) => {
    const items: T[] = []
    void (async () => {
      for await (const item of iterable) items.push(item)
    })()
    return items
  }

  it('S19 a file that is written in place, half by half: only the whole value is seen, once', async () => {
    const [before, after] = [random(), random()]
    await writeFile(join(directory, KEY), before)
    await source.read(KEY)
    const seen = collect(source.watch(KEY, stop.signal))
    const reads: string[] = []
    const file = await open(join(directory, KEY), 'w')
    await file.write(after.slice(0, 10))
    const reading = source.read(KEY).then(({ current }) => reads.push(current.value.expose()))
    await sleep(20)
    await file.write(after.slice(10))
    await file.close()
    await reading
    await until(() => seen.map(({ current }) => current.value.expose())).toEqual([after])
    expect(reads).toEqual([after])
    await sleep(150)
    expect(seen).toHaveLength(1)
  })

  it('S19 a file that never comes to rest is not read at all', async () => {
    const path = join(directory, KEY)
    let writtenAtMs = 0
    const write = async () => {
      await writeFile(path, random())
      writtenAtMs = (await stat(path)).mtimeMs
    }
    await write()
    // Whenever it is waited for, it is written to again.
    const clock = { ...systemClock, now: () => writtenAtMs, sleep: write }
    const signal = AbortSignal.abort()
    const layout = await findLayout(directory)
    await expect(readMount({ layout, maxBytes: 100, clock }, [KEY])).rejects.toMatchObject({
      code: 'unreachable',
      details: { reason: 'changing' },
    })
    expect(await source.read(KEY)).toMatchObject({ name: KEY })
    await expect(source.read(KEY, signal)).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('sees each file that is replaced, added or removed, once, with the right difference', async () => {
    const values = [random(), random()]
    await writeFile(join(directory, KEY), values[0] ?? '')
    await mkdir(join(directory, 'folder'))
    const watched = await openMountSource({ directory, pollMs: LONG_MS })
    const changes = collect(watched.changes(stop.signal))
    await writeFile(join(directory, KEY), values[1] ?? '')
    await until(() => changes.length).toBe(1)
    await writeFile(join(directory, `${KEY}__PENDING`), random())
    await until(() => changes.length).toBe(2)
    await rm(join(directory, KEY))
    await until(() => changes.length).toBe(3)
    expect(changes).toEqual([
      { added: [], changed: [KEY], removed: [] },
      { added: [`${KEY}__PENDING`], changed: [], removed: [] },
      { added: [], changed: [], removed: [KEY] },
    ])
    await watched[Symbol.asyncDispose]()
  })
})
