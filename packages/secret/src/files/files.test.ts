import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmod, link, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, it, onTestFinished, vi } from 'vitest'
import {
  hasEnded,
  identifyProcess,
  isGone,
  newLockContent,
  parseLockHolder,
  readPrivateFile,
  replaceFile,
  takeProcessLock,
  writeNewFile,
} from './index.ts'
import { makeDirectory } from '../../test/files/temporary-directory.support.ts'

const modeOf = async (path: string) => (await stat(path)).mode & 0o777

it('a file is replaced with its new text and mode, and nothing else stays behind', async () => {
  const directory = await makeDirectory()
  const path = join(directory, 'file')
  await writeFile(path, 'old', { mode: 0o644 })
  await replaceFile(path, 'new')
  expect(await readFile(path, 'utf8')).toBe('new')
  expect(await modeOf(path)).toBe(0o600)
  await replaceFile(path, 'newer', 0o640)
  expect(await modeOf(path)).toBe(0o640)
  expect(await readdir(directory)).toEqual(['file'])
})

it('readers beside a hundred replacements see one whole text or the other', async () => {
  const path = join(await makeDirectory(), 'file')
  const texts = ['a', 'b'].map((letter) => letter.repeat(100_000))
  await replaceFile(path, texts[0] ?? '')
  const writing = (async () => {
    for (let turn = 1; turn <= 100; turn += 1) await replaceFile(path, texts[turn % 2] ?? '')
    return 'done'
  })()
  let state: string | undefined
  void writing.then((done) => (state = done))
  while (state === undefined) expect(texts).toContain(await readFile(path, 'utf8'))
  expect(await writing).toBe('done')
})

it('a private file that is replaced again and again is read each time, and one with a second name never', async () => {
  const directory = await makeDirectory()
  const path = join(directory, 'file')
  await replaceFile(path, 'text')
  let isOver = false
  const reading = Array.from({ length: 3 }, async () => {
    while (!isOver) expect(await readPrivateFile(path)).toBe('text')
  })
  for (let turn = 0; turn < 1_000; turn += 1) {
    await writeFile(join(directory, 'next'), 'text', { mode: 0o600 })
    await rename(join(directory, 'next'), path)
  }
  isOver = true
  await Promise.all(reading)
  await link(path, join(directory, 'other'))
  await expect(readPrivateFile(path)).rejects.toMatchObject({ code: 'refused' })
})

it('a replacement that fails leaves the old file alone, and says why', async () => {
  const directory = await makeDirectory()
  await expect(replaceFile(join(directory, 'no', 'file'), 'new')).rejects.toMatchObject({
    code: 'missing',
    details: { errno: 'ENOENT' },
  })
  await writeFile(join(directory, 'kept'), 'old')
  await replaceFile(directory, 'new').catch((error: unknown) => {
    expect(error).toMatchObject({ name: 'SecretError' })
  })
  expect(await readdir(directory)).toEqual(['kept'])
})

it('a new file replaces no other and follows no link, whatever the umask its mode is as given', async () => {
  const directory = await makeDirectory()
  const path = join(directory, 'file')
  await writeNewFile(path, 'text', 0o666)
  expect(await modeOf(path)).toBe(0o666)
  await expect(writeNewFile(path, 'other')).rejects.toMatchObject({ code: 'EEXIST' })
  await symlink(join(directory, 'elsewhere'), join(directory, 'link'))
  await expect(writeNewFile(join(directory, 'link'), 'x')).rejects.toMatchObject({ code: 'EEXIST' })
  await chmod(path, 0o600)
  expect((await readdir(directory)).toSorted()).toEqual(['file', 'link'])
})

it('one at a time holds a lock, of five in one process that take it again and again', async () => {
  const path = join(await makeDirectory(), 'lock')
  const failures: unknown[] = []
  let holders = 0
  let taken = 0
  const contend = async () => {
    while (taken < 400 && failures.length === 0) {
      try {
        const release = await takeProcessLock(path)
        taken += 1
        holders += 1
        if (holders > 1) failures.push('two hold it')
        await setImmediate()
        holders -= 1
        await release()
      } catch (error) {
        if ((error as { code?: string }).code !== 'conflict') failures.push(error)
      }
    }
  }
  await Promise.all([1, 2, 3, 4, 5].map(contend))
  expect(failures).toEqual([])
})

it('a lock is a private file that is gone once it is released, and that of another holder stays', async () => {
  const directory = await makeDirectory()
  const path = join(directory, 'lock')
  const release = await takeProcessLock(path)
  expect([await readdir(directory), await modeOf(path)]).toEqual([['lock'], 0o600])
  await release()
  expect(await readdir(directory)).toEqual([])
  const late = await takeProcessLock(path)
  await writeFile(path, newLockContent())
  await late()
  expect(await readdir(directory)).toEqual(['lock'])
})

it('the holder of a lock is gone once its process has ended, and never if it is of another machine', async () => {
  const own = parseLockHolder(newLockContent())
  expect(own).toMatchObject({ pid: process.pid, host: hostname() })
  expect(newLockContent()).not.toBe(newLockContent())
  expect(isGone(own)).toBe(false)
  const child = spawn(process.execPath, ['--eval', ''])
  await once(child, 'exit')
  expect(isGone({ pid: child.pid ?? 0, host: hostname() })).toBe(true)
  expect(isGone({ pid: child.pid ?? 0, host: `${hostname()}.elsewhere` })).toBe(false)
})

it.skipIf(process.platform !== 'linux')(
  'a process whose parent does not ask for its exit code has ended, as in a container without an init',
  async () => {
    // `exec` makes a parent of a child that it does not wait for.
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60'])
    onTestFinished(() => void parent.kill('SIGKILL'))
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(line.toString())
    const child = { pid, host: hostname() }
    await vi.waitFor(() => {
      expect(isGone(child)).toBe(true)
    })
    // Its process id is still taken.
    expect(process.kill(pid, 0)).toBe(true)
    const { boot = '', namespace = '' } = identifyProcess() ?? {}
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
    expect(hasEnded({ pid, start, boot, namespace })).toBe(true)
  },
)

it.skipIf(process.platform !== 'linux')(
  'K15: a lock from before the machine was started is taken over, though its process id is in use again',
  async () => {
    const path = join(await makeDirectory(), 'lock')
    const { pid, host, boot } = parseLockHolder(newLockContent())
    // Of a process that runs, and is not this one.
    await writeFile(path, `${process.ppid} ${host} left ${randomUUID()}\n`)
    expect(isGone({ pid: process.ppid, host, ...(boot !== undefined && { boot }) })).toBe(false)
    expect(boot).toMatch(/^[0-9a-f-]{36}$/)
    const release = await takeProcessLock(path)
    await expect(takeProcessLock(path)).rejects.toMatchObject({
      code: 'conflict',
      details: { pid },
    })
    await release()
    await (
      await takeProcessLock(path)
    )()
  },
)
