import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, mkdir, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env as ownEnv } from 'node:process'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEnvSource, openDotenvStore } from './index.ts'

const random = () => randomBytes(24).toString('base64url')

let directory: string
beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'rekey-env-'))))
afterEach(() => rm(directory, { recursive: true }))

const read = (env: Record<string, string | undefined>) => createEnvSource({ env }).read('KEY')

async function file(content: string | Buffer, name = 'key'): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, content)
  return path
}

describe('variables', () => {
  it('reads all three stages by name', async () => {
    const [current, pending, previous] = [random(), random(), random()]
    const staged = await read({ KEY: current, KEY__PENDING: pending, KEY__PREVIOUS: previous })
    expect(staged.current.value.expose()).toBe(current)
    expect(staged.pending?.value.expose()).toBe(pending)
    expect(staged.previous?.value.expose()).toBe(previous)
    expect(staged.current.createdAt).toBeUndefined()
  })

  it('reports of each version whether a variable or which file it came from', async () => {
    const path = await file(random())
    const { dev, ino } = await stat(path, { bigint: true })
    const staged = await read({ KEY: random(), KEY__PENDING_FILE: path })
    expect(staged.current.origin).toEqual({ kind: 'environment' })
    const [device, inode] = [dev.toString(), ino.toString()]
    expect(staged.pending?.origin).toEqual({ kind: 'file', path, device, inode })
  })

  it('keeps a value exactly, blanks and line ends too', async () => {
    const value = ` ${random()}\n`
    expect((await read({ KEY: value })).current.value.expose()).toBe(value)
  })

  it('takes an empty value as not there', async () => {
    await expect(read({ KEY: '' })).rejects.toMatchObject({ code: 'missing' })
    expect((await read({ KEY: random(), KEY__PENDING: '' })).pending).toBeUndefined()
  })

  it('takes no secret from what every object has', async () => {
    const source = createEnvSource({ env: {} })
    await expect(source.read('constructor')).rejects.toMatchObject({ code: 'missing' })
    await expect(source.read('__proto__')).rejects.toMatchObject({ code: 'malformed' })
  })

  it('says that there is only a pending version', async () => {
    await expect(read({ KEY__PENDING: random() })).rejects.toMatchObject({ code: 'missing' })
  })

  it('answers for several secrets at one instant, each by itself', async () => {
    const [a, b] = [random(), random()]
    const source = createEnvSource({
      env: { A: a, B: b, B_FILE: '/nowhere', C_FILE: await file(b) },
    })
    const answers = await source.readAll(['A', 'B', 'C', 'D'])
    expect(answers.get('A')).toMatchObject({ revision: (await source.read('A')).revision })
    expect(answers.get('B')).toMatchObject({ code: 'malformed' })
    expect(answers.get('C')).toMatchObject({ name: 'C' })
    expect(answers.get('D')).toMatchObject({ code: 'missing' })
  })

  it('works on the variables of a process', async () => {
    await expect(createEnvSource({ env: ownEnv }).read('REKEY_NO_SUCH')).rejects.toMatchObject({
      code: 'missing',
    })
  })

  it('calls the same value by the same version as every other store', async () => {
    const value = random()
    const store = await openDotenvStore({ path: await file(`KEY='${value}'\n`, '.env') })
    const [fromFile, fromEnv] = [await store.read('KEY'), await read({ KEY: value })]
    expect(fromEnv.current.version).toBe(fromFile.current.version)
    expect(fromEnv.revision).toBe(fromFile.revision)
  })
})

describe('files', () => {
  it.each([
    ['\n', ''],
    ['\r\n', ''],
    ['', ''],
    ['\n\n', '\n'],
    [' \n', ' '],
  ])('strips one line end and nothing else: %j', async (end, kept) => {
    const value = random()
    const staged = await read({ KEY_FILE: await file(value + end) })
    expect(staged.current.value.expose()).toBe(value + kept)
  })

  it('mixes variables and files over the stages', async () => {
    const [current, pending] = [random(), random()]
    const staged = await read({ KEY: current, KEY__PENDING_FILE: await file(pending) })
    expect(staged.pending?.value.expose()).toBe(pending)
  })

  it('refuses a variable together with its file', async () => {
    const value = random()
    const error: unknown = await read({ KEY: value, KEY_FILE: await file(value) }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({
      code: 'malformed',
      message: 'KEY and KEY_FILE are both set: unset one of them',
    })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(value)
  })

  it('tells a missing current file from a missing pending file', async () => {
    const nowhere = join(directory, 'nowhere')
    await expect(read({ KEY_FILE: nowhere })).rejects.toMatchObject({ code: 'missing' })
    expect((await read({ KEY: random(), KEY__PENDING_FILE: nowhere })).pending).toBeUndefined()
  })

  it('refuses what is not a text file of at most 64 KiB', async () => {
    const pipe = join(directory, 'pipe')
    execFileSync('mkfifo', [pipe])
    const paths = [
      await file('x'.repeat(65_537), 'large'),
      await file(Buffer.from([0x66, 0xff, 0xfe]), 'latin'),
      await file(`\uFEFF${random()}`, 'marked'),
      await file(`${random()}\0`, 'nul'),
      directory,
      pipe,
      '/dev/zero',
    ]
    for (const path of paths) {
      await expect(read({ KEY_FILE: path }), path).rejects.toMatchObject({ code: 'malformed' })
    }
    await expect(read({ KEY_FILE: await file('x'.repeat(65_536)) })).resolves.toBeDefined()
    await expect(read({ KEY_FILE: await file('\n', 'empty') })).rejects.toMatchObject({
      code: 'missing',
    })
  })
})

describe('watching files', () => {
  it('sees every swap of a Kubernetes volume', async () => {
    const swap = async (generation: number, value: string) => {
      await mkdir(join(directory, `..${generation}`))
      await writeFile(join(directory, `..${generation}`, 'key'), value)
      await symlink(`..${generation}`, join(directory, '..data_tmp'))
      await rename(join(directory, '..data_tmp'), join(directory, '..data'))
      if (generation > 0) await rm(join(directory, `..${generation - 1}`), { recursive: true })
    }
    const values = Array.from({ length: 5 }, random)
    await swap(0, values[0] ?? '')
    await symlink('..data/key', join(directory, 'key'))
    const source = createEnvSource({
      env: { KEY_FILE: join(directory, 'key') },
      pollMs: 3_600_000,
    })
    const stop = new AbortController()
    await source.read('KEY')
    const changes = source.watch('KEY', stop.signal)[Symbol.asyncIterator]()
    for (const [i, value] of values.slice(1).entries()) {
      await swap(i + 1, value)
      expect(await changes.next()).toMatchObject({ value: { name: 'KEY' } })
      expect((await source.read('KEY')).current.value.expose()).toBe(value)
    }
    stop.abort()
    expect(await changes.next()).toMatchObject({ done: true })
  })

  it('never mixes two instants', async () => {
    const paths = {
      KEY_FILE: join(directory, 'now'),
      KEY__PREVIOUS_FILE: join(directory, 'before'),
    }
    const source = createEnvSource({ env: paths })
    const stop = new AbortController()
    const swapper = (async () => {
      for (let i = 0; !stop.signal.aborted; i += 1) {
        await mkdir(join(directory, `..${i}`))
        await writeFile(join(directory, `..${i}`, 'now'), `v${i + 1}`)
        await writeFile(join(directory, `..${i}`, 'before'), `v${i}`)
        await symlink(`..${i}`, join(directory, '..data_tmp'))
        await rename(join(directory, '..data_tmp'), join(directory, '..data'))
      }
    })()
    for (const name of ['now', 'before']) await symlink(`..data/${name}`, join(directory, name))
    let complete = 0
    for (let i = 0; i < 400; i += 1) {
      const staged = await source.read('KEY').catch((error: unknown) => error)
      if (staged instanceof Error) {
        expect(staged).toMatchObject({
          code: expect.stringMatching(/unreachable|missing/) as string,
        })
        continue
      }
      const { current, previous } = staged as Awaited<ReturnType<typeof source.read>>
      if (previous === undefined) continue
      complete += 1
      const [now, before] = [current, previous].map(({ value }) => Number(value.expose().slice(1)))
      expect(now).toBe((before ?? 0) + 1)
    }
    stop.abort()
    await swapper
    expect(complete).toBeGreaterThan(0)
  })

  it('ends at once when its signal has aborted, and waits quietly where nothing can change', async () => {
    const source = createEnvSource({ env: { KEY: random() } })
    const seen: unknown[] = []
    for await (const staged of source.watch('KEY', AbortSignal.abort())) seen.push(staged)
    for await (const staged of source.watch('KEY', AbortSignal.timeout(50))) seen.push(staged)
    expect(seen).toEqual([])
  })

  it('keeps the last value while the file is gone', async () => {
    const source = createEnvSource({ env: { KEY_FILE: await file(random()) }, pollMs: 3_600_000 })
    const stop = new AbortController()
    await source.read('KEY')
    const next = source.watch('KEY', stop.signal)[Symbol.asyncIterator]().next()
    await unlink(join(directory, 'key'))
    const value = random()
    await file(value)
    const change = (await next) as { value: Awaited<ReturnType<typeof source.read>> }
    expect(change.value.current.value.expose()).toBe(value)
    stop.abort()
  })
})
