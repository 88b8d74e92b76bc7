// @lane servers
import { randomBytes } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openMountSource } from '../index.ts'
import {
  kubeletWriter,
  random,
  type VolumeFixture,
  volumeFixture,
} from '../../../test/store/mount/volume.support.ts'

const KEY = 'API_KEY_FRONTEND_SIGNING'
const until = (check: () => unknown) => expect.poll(check, { timeout: 10_000, interval: 5 })

describe.runIf(kubeletWriter.found)('a volume of the kubelet', () => {
  let fixture: VolumeFixture
  beforeEach(async () => {
    fixture = await volumeFixture()
  })
  afterEach(() => fixture[Symbol.asyncDispose]())

  it('S17 three rotations and more in a row: one event each, for the secret and for the directory', async () => {
    const values = Array.from({ length: 6 }, random)
    await fixture.volume.write({ [KEY]: values[0] ?? '' })
    const source = await fixture.open()
    await source.read(KEY)
    const seen = fixture.collect(source.watch(KEY, fixture.signal))
    const changes = fixture.collect(source.changes(fixture.signal))
    for (const [i, value] of values.slice(1).entries()) {
      await fixture.volume.write({ [KEY]: value })
      await until(() => [seen.length, changes.length]).toEqual([i + 1, i + 1])
    }
    await sleep(100)
    expect(seen.map(({ current }) => current.value.expose())).toEqual(values.slice(1))
    expect(changes).toEqual(values.slice(1).map(() => ({ added: [], changed: [KEY], removed: [] })))
  })

  it('S17 a key is added, changed, emptied, filled and removed: one event each, with the right difference', async () => {
    const other = { OTHER: random(), 'nested/KEY': random() }
    await fixture.volume.write({ ...other, [KEY]: random() })
    const source = await fixture.open()
    const changes = fixture.collect(source.changes(fixture.signal))
    const steps = [
      [
        { [KEY]: random(), NEW: 'x' },
        { added: ['NEW'], changed: [KEY], removed: [] },
      ],
      [
        { [KEY]: '', NEW: 'x' },
        { added: [], changed: [], removed: [KEY] },
      ],
      [
        { [KEY]: random(), NEW: 'y' },
        { added: [KEY], changed: ['NEW'], removed: [] },
      ],
      [{ NEW: 'y' }, { added: [], changed: [], removed: [KEY] }],
      [
        { NEW: 'y', 'nested/NEW': 'z' },
        { added: ['nested/NEW'], changed: [], removed: [] },
      ],
    ] as const
    for (const [i, [files]] of steps.entries()) {
      await fixture.volume.write({ ...other, ...files })
      await until(() => changes.length).toBe(i + 1)
    }
    expect(changes).toEqual(steps.map(([, change]) => change))
  })

  it('S17 a rotation of stages: the secret is never seen without a current version', async () => {
    const [first, second] = [random(), random()]
    await fixture.volume.write({ [KEY]: first })
    const source = await fixture.open()
    await source.read(KEY)
    const seen = fixture.collect(source.watch(KEY, fixture.signal))
    const steps = [
      { [KEY]: first, [`${KEY}__PENDING`]: second },
      { [KEY]: second, [`${KEY}__PREVIOUS`]: first },
      { [KEY]: second },
    ]
    for (const [i, files] of steps.entries()) {
      await fixture.volume.write(files)
      await until(() => seen.length).toBe(i + 1)
    }
    const stages = seen.map(({ current, pending, previous }) =>
      [current, pending, previous].map((version) => version?.value.expose()),
    )
    expect(stages).toEqual([
      [first, second, undefined],
      [second, undefined, first],
      [second, undefined, undefined],
    ])
  })

  it('S17 a secret that is removed or emptied is missing, and its watch goes on with the next one', async () => {
    const [first, last] = [random(), random()]
    await fixture.volume.write({ [KEY]: first })
    const source = await fixture.open()
    await source.read(KEY)
    const seen = fixture.collect(source.watch(KEY, fixture.signal))
    for (const files of [{ [KEY]: '' }, { [KEY]: '\n' }, { OTHER: 'x' }]) {
      await fixture.volume.write(files)
      await expect(source.read(KEY)).rejects.toMatchObject({ code: 'missing' })
    }
    await fixture.volume.write({ [KEY]: last })
    await until(() => seen.map(({ current }) => current.value.expose())).toEqual([last])
  })

  it('S17 mode 0400 and a folder of the volume are read like any other file', async () => {
    const value = random()
    await fixture.volume.write({ [`nested/${KEY}`]: { data: value, mode: 0o400 } })
    const directory = join(fixture.directory, 'nested')
    expect((await stat(join(directory, KEY))).mode & 0o777).toBe(0o400)
    await using source = await openMountSource({ directory })
    expect((await source.read(KEY)).current.value.expose()).toBe(value)
    const seen = fixture.collect(source.watch(KEY, fixture.signal))
    const next = random()
    await fixture.volume.write({ [`nested/${KEY}`]: next, TOP: 'x' })
    await until(() => seen.map(({ current }) => current.value.expose())).toEqual([next])
    expect(await source.describe()).toMatchObject({ kind: 'kubelet', updates: true })
  })

  it('S17 a file that others may not read is forbidden, and not missing', async () => {
    await fixture.volume.write({ [KEY]: { data: random(), mode: 0 } })
    const source = await fixture.open()
    const forbidden = await asNobody(fixture.directory, () =>
      source.read(KEY).catch((error: unknown) => error),
    )
    expect(forbidden).toMatchObject({ code: 'forbidden' })
  })

  it('S17 binary: refused clearly, and only where it is asked for', async () => {
    const bytes = randomBytes(64)
    const value = random()
    await fixture.volume.write({ [KEY]: value, BINARY: bytes })
    const source = await fixture.open()
    const changes = fixture.collect(source.changes(fixture.signal))
    await expect(source.read('BINARY')).rejects.toMatchObject({
      code: 'malformed',
      message: `BINARY in ${fixture.directory} is binary, and a secret is text: store it as base64`,
    })
    expect((await source.read(KEY)).current.value.expose()).toBe(value)
    await fixture.volume.write({ [KEY]: value, BINARY: randomBytes(64) })
    await until(() => changes).toEqual([{ added: [], changed: ['BINARY'], removed: [] }])
  })

  it('keeps what is the same quiet', async () => {
    const files = { [KEY]: random() }
    await fixture.volume.write({ ...files, OTHER: 'x' })
    const source = await fixture.open()
    await source.read(KEY)
    const seen = fixture.collect(source.watch(KEY, fixture.signal))
    const changes = fixture.collect(source.changes(fixture.signal))
    await fixture.volume.write({ ...files, OTHER: 'x' })
    await fixture.volume.write({ ...files, OTHER: 'y' })
    await until(() => changes.length).toBe(1)
    await sleep(50)
    expect(seen).toEqual([])
    expect((await readdir(fixture.directory)).filter((name) => name.startsWith('..'))).toHaveLength(
      2,
    )
  })
})

/** Runs `work` as a user who is not root, since root may read everything. */
async function asNobody<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const { getuid, seteuid } = process
  if (getuid?.() !== 0) return work()
  await import('node:fs/promises').then(({ chmod }) => chmod(directory, 0o755))
  seteuid?.(65_534)
  try {
    return await work()
  } finally {
    seteuid?.(0)
  }
}
