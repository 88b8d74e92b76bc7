// @lane servers
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { Secret } from '@rekey/secret'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryStore, openMountSource } from '../index.ts'
import { kubeletWriter, random, volumeFixture } from '../../../test/store/mount/volume.support.ts'

const KEY = 'API_KEY_FRONTEND_SIGNING'

let parent: string
let directory: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'rekey-mount-source-'))
  directory = join(parent, 'mount')
  await mkdir(directory)
})
afterEach(() => rm(parent, { recursive: true }))

const file = (name: string, content: string | Buffer) => writeFile(join(directory, name), content)

describe('what a mounted directory holds', () => {
  it('is read by the same names and versions as in every other store', async () => {
    const [current, pending] = [random(), random()]
    await file(KEY, current)
    await file(`${KEY}__PENDING`, `${pending}\n`)
    await using source = await openMountSource({ directory })
    const store = createMemoryStore({ [KEY]: current })
    const { revision } = await store.read(KEY)
    const staged = await store.stage(KEY, Secret.of(pending, KEY), revision)
    const read = await source.read(KEY)
    expect([read.revision, read.current.version, read.pending?.version]).toEqual([
      staged.revision,
      staged.current.version,
      staged.pending?.version,
    ])
  })

  it('is reported by the path at which it is mounted and the file that was read', async () => {
    await using source = await openMountSource({ directory })
    await file(KEY, random())
    const { dev, ino } = await stat(join(directory, KEY), { bigint: true })
    const [device, inode] = [dev.toString(), ino.toString()]
    const path = join(directory, KEY)
    expect((await source.read(KEY)).current.origin).toEqual({ kind: 'file', path, device, inode })
  })

  it.each([
    ['strip', '\n', ''],
    ['strip', '\r\n', ''],
    ['strip', '\n\n', '\n'],
    ['strip', '', ''],
    ['keep', '\n', '\n'],
    ['keep', '\r\n', '\r\n'],
  ] as const)('%s: a value that ends in %j ends in %j', async (trailingNewline, end, kept) => {
    const value = random()
    await file(KEY, value + end)
    await using source = await openMountSource({ directory, trailingNewline })
    expect((await source.read(KEY)).current.value.expose()).toBe(value + kept)
  })

  it('is answered for several names at once, each with its own problem', async () => {
    const value = random()
    await file(KEY, value)
    await file('BINARY', randomBytes(32))
    await file('LARGE', 'x'.repeat(65_537))
    await symlink('/etc/hostname', join(directory, 'OUT'))
    await using source = await openMountSource({ directory })
    const names = [KEY, 'BINARY', 'LARGE', 'OUT', 'ABSENT', '../mount/' + KEY]
    const all = await source.readAll(names)
    expect([...all.keys()]).toEqual(names)
    expect(
      Array.from(all.values(), (found) =>
        'code' in found ? found.code : found.current.value.expose(),
      ),
    ).toEqual([value, 'malformed', 'malformed', 'refused', 'missing', 'malformed'])
    expect(inspect([...all], { depth: 9 })).not.toContain(value)
  })

  it('does not lose a change between reading several at once and watching one', async () => {
    await file(KEY, random())
    await using source = await openMountSource({ directory })
    await source.readAll([KEY])
    const value = random()
    await file(KEY, value)
    const stop = new AbortController()
    const changes = source.watch(KEY, stop.signal)[Symbol.asyncIterator]()
    const { value: staged } = (await changes.next()) as {
      value: Awaited<ReturnType<typeof source.read>>
    }
    stop.abort()
    expect(staged.current.value.expose()).toBe(value)
  })

  it('is listed by the names of its secrets, without stages and without what the kubelet put there', async () => {
    for (const name of [KEY, `${KEY}__PREVIOUS`, 'OTHER', '..hidden', 'tls.crt'])
      await file(name, 'x')
    await mkdir(join(directory, '..2026_11_24_10_00_00.1'))
    await writeFile(join(directory, '..2026_11_24_10_00_00.1', 'OLD'), 'x')
    await using source = await openMountSource({ directory })
    expect(await source.list()).toEqual([KEY, 'OTHER'])
    expect(source.rightsToRead([KEY])).toEqual([expect.stringContaining(`${directory}/${KEY}`)])
  })

  it('must be a directory, and stays one that can be told from a missing secret', async () => {
    await file('file', 'x')
    const open = (path: string) => openMountSource({ directory: join(directory, path) })
    await expect(open('file')).rejects.toMatchObject({ code: 'malformed' })
    await expect(open('absent')).rejects.toMatchObject({ code: 'missing' })
  })
})

describe('symbolic links', () => {
  it('are not followed out of the mount (GHSA-4xgf-cpjx-pc3j)', async () => {
    const value = random()
    await writeFile(join(parent, 'outside'), value)
    await mkdir(`${directory}-beside`)
    await writeFile(join(`${directory}-beside`, KEY), value)
    await symlink('../outside', join(directory, KEY))
    await symlink(`${directory}-beside`, join(directory, 'folder'))
    await using source = await openMountSource({ directory })
    const error: unknown = await source.read(KEY).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'refused', details: { reason: 'link-out' } })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(value)
  })

  it('are followed inside it, and where the mount itself is one', async () => {
    const value = random()
    await file('REAL', value)
    await symlink('REAL', join(directory, KEY))
    await symlink(directory, join(parent, 'link'))
    await using source = await openMountSource({ directory: join(parent, 'link') })
    expect((await source.read(KEY)).current.value.expose()).toBe(value)
  })

  it('of a volume whose `..data` leads elsewhere are refused', async () => {
    await mkdir(join(parent, 'elsewhere'))
    await writeFile(join(parent, 'elsewhere', KEY), random())
    await symlink('../elsewhere', join(directory, '..data'))
    await using source = await openMountSource({ directory })
    await expect(source.read(KEY)).rejects.toMatchObject({ code: 'refused' })
  })
})

/** Bind mounts need a mount namespace of their own. */
function canMount(): boolean {
  try {
    execFileSync('unshare', ['--user', '--map-root-user', '--mount', 'true'], { stdio: 'ignore' })
    return true
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}

describe('what is mounted there', () => {
  it.runIf(kubeletWriter.found)('is a volume of the kubelet, or a folder of one', async () => {
    await using fixture = await volumeFixture()
    await fixture.volume.write({ [KEY]: random(), 'nested/KEY': random() })
    const source = await fixture.open()
    expect(await source.describe()).toEqual({
      kind: 'kubelet',
      updates: true,
      why: '`..data` is swapped as a whole at each rotation',
      fixedFiles: [],
    })
    expect(await source.warnings([KEY])).toEqual([])
  })

  it('is a plain directory', async () => {
    await using source = await openMountSource({ directory })
    expect(await source.describe()).toMatchObject({ kind: 'plain', updates: true })
  })

  /** Mounts in a namespace of its own, and gives the description and the rules of the warnings from there. */
  function describeMounted(mounts: string): unknown {
    const script = `
      import { openMountSource } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
      const source = await openMountSource({ directory: ${JSON.stringify(directory)} })
      const warnings = await source.warnings(['${KEY}', 'OTHER'])
      console.log(JSON.stringify([await source.describe(), warnings.map(({ rule, name }) => [rule, name])]))`
    const node = [
      process.execPath,
      '--conditions=@rekey/source',
      '--import=tsx',
      '--input-type=module',
      '-e',
      script,
    ]
    const shell = `cd ${parent} && ${mounts} && cd ${import.meta.dirname} && exec "$0" "$@"`
    const namespace = ['--user', '--map-root-user', '--mount', 'sh', '-c', shell]
    return JSON.parse(execFileSync('unshare', [...namespace, ...node], { encoding: 'utf8' }))
  }

  it.runIf(canMount())(
    'is a subPath: one file of a volume, which no rotation ever reaches',
    async () => {
      await mkdir(join(parent, 'volume'))
      await writeFile(join(parent, 'volume', KEY), random())
      await file(KEY, '')
      await file('OTHER', 'x')
      expect(describeMounted(`mount --bind volume/${KEY} mount/${KEY}`)).toMatchObject([
        { kind: 'subPath', updates: false, fixedFiles: [KEY] },
        [['sub-path', KEY]],
      ])
    },
  )

  it.runIf(canMount())('is a subPath: one folder of a volume', async () => {
    const folder = '..2026_11_24_10_00_00.123456/folder'
    await mkdir(join(parent, folder), { recursive: true })
    await writeFile(join(parent, folder, KEY), random())
    expect(describeMounted(`mount --bind ${folder} mount`)).toMatchObject([
      { kind: 'subPath', updates: false },
      [['sub-path', null]],
    ])
  })

  it.runIf(canMount())('is a volume of a CSI driver that writes its files one by one', async () => {
    const folder = 'pods/1/volumes/kubernetes.io~csi/vault/mount'
    await mkdir(join(parent, folder), { recursive: true })
    await writeFile(join(parent, folder, KEY), random())
    expect(describeMounted(`mount --bind ${folder} mount`)).toMatchObject([
      { kind: 'csi', updates: true },
      [],
    ])
  })
})
