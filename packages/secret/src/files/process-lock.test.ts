import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { newLockContent, parseLockHolder, takeProcessLock } from './index.ts'
import { makeDirectory } from '../../test/files/temporary-directory.support.ts'

const HOST = hostname()
const ELSEWHERE = `${HOST}.elsewhere`
const HOUR_MS = 3_600_000
/** A process that has ended. */
const ended = spawnSync('true').pid

/** The content of a lock of this start of the machine. */
function contentOf(pid: number, host = HOST): string {
  const { boot = '' } = parseLockHolder(newLockContent())
  return `${`${pid} ${host} left ${boot}`.trim()}\n`
}

/** A lock that is there already, and what else is beside it. */
async function left(content: string, beside: Readonly<Record<string, string>> = {}) {
  const directory = await makeDirectory()
  const path = join(directory, 'lock')
  await writeFile(path, content)
  for (const [name, text] of Object.entries(beside)) await writeFile(join(directory, name), text)
  return { directory, path }
}

/** Has a file been changed for the last time an hour ago. */
async function age(path: string): Promise<void> {
  const changed = new Date(Date.now() - HOUR_MS)
  await utimes(path, changed, changed)
}

const takeoverOf = (content: string) =>
  `lock.${createHash('sha256').update(content).digest('hex').slice(0, 12)}.takeover`

it.each([
  ['of this machine', process.ppid, HOST],
  ['of another machine', process.ppid, ELSEWHERE],
  ['of another machine, with the id of this one,', process.pid, ELSEWHERE],
  ['of another machine, with the id of one that has ended here,', ended, ELSEWHERE],
])('the lock of a process %s is not taken, and its holder is named', async (_, pid, host) => {
  const content = contentOf(pid, host)
  const { directory, path } = await left(content)
  await age(path)
  await expect(takeProcessLock(path)).rejects.toMatchObject({
    code: 'conflict',
    message: `process ${pid} on ${host} holds ${path}: wait for it or stop it, or remove the file if it is gone`,
    details: { path, pid, host },
  })
  expect(await readdir(directory)).toEqual(['lock'])
  expect(await readFile(path, 'utf8')).toBe(content)
})

it.each([
  ['a process that has ended', ended],
  ['an earlier process with the id of this one', process.pid],
])('the lock of %s is taken over, and nothing stays beside it', async (_, pid) => {
  const { directory, path } = await left(contentOf(pid))
  const release = await takeProcessLock(path)
  expect(await readFile(path, 'utf8')).toMatch(`${process.pid} ${HOST} `)
  expect(await readdir(directory)).toEqual(['lock'])
  await release()
  expect(await readdir(directory)).toEqual([])
})

it('a lock that this process has held and released is left where it comes back', async () => {
  const path = join(await makeDirectory(), 'lock')
  const release = await takeProcessLock(path)
  const content = await readFile(path, 'utf8')
  await expect(takeProcessLock(path)).rejects.toMatchObject({ code: 'conflict' })
  await release()
  await writeFile(path, content)
  await (
    await takeProcessLock(path)
  )()
})

it('a lock that another process removes for good is not removed by a second', async () => {
  const content = contentOf(ended)
  const removing = contentOf(process.ppid)
  const takeover = takeoverOf(content)
  const { directory, path } = await left(content, { [takeover]: removing })
  await expect(takeProcessLock(path)).rejects.toMatchObject({
    code: 'conflict',
    details: { path, pid: process.ppid },
  })
  expect((await readdir(directory)).toSorted()).toEqual(['lock', takeover])
})

it('a lock is taken over whose remover has ended as well, with what removers before them left', async () => {
  const content = contentOf(ended)
  const removing = contentOf(ended, `${HOST} again`)
  const others = ['lock.txt', 'other.0123456789ab.takeover', 'a-lock.takeover', 'lock.takeover.bak']
  const { directory, path } = await left(content, {
    [takeoverOf(content)]: removing,
    ...{ 'lock.0123456789ab.takeover': 'left' },
    ...Object.fromEntries(others.map((name) => [name, 'of another'])),
  })
  await takeProcessLock(path)
  expect((await readdir(directory)).toSorted()).toEqual(['lock', ...others].toSorted())
})

it.each([
  ['is older than it may be', ELSEWHERE, HOUR_MS / 2, true],
  ['is not older than it may be', ELSEWHERE, 2 * HOUR_MS, false],
  ['is of a process that runs on this machine, however old,', HOST, 1, false],
])(
  'a lock that %s is taken over from another machine: %4$s',
  async (_, host, abandonedAfterMs, isTaken) => {
    const { path } = await left(contentOf(process.ppid, host))
    await age(path)
    const taking = takeProcessLock(path, { abandonedAfterMs })
    if (isTaken) await expect(taking).resolves.toBeTypeOf('function')
    else await expect(taking).rejects.toMatchObject({ code: 'conflict', details: { host } })
  },
)

it('a lock that is no file cannot be taken', async () => {
  const path = join(await makeDirectory(), 'lock')
  await mkdir(path)
  await expect(takeProcessLock(path)).rejects.toMatchObject({ code: 'EISDIR' })
})

it('a lock whose place has become a directory cannot be released', async () => {
  const path = join(await makeDirectory(), 'lock')
  const release = await takeProcessLock(path)
  await rm(path)
  await mkdir(path)
  await expect(release()).rejects.toMatchObject({
    code: 'malformed',
    message: `${path} is a directory: name a file`,
  })
})

it('a lock that is gone is released', async () => {
  const path = join(await makeDirectory(), 'lock')
  const release = await takeProcessLock(path)
  await rm(path)
  await expect(release()).resolves.toBeUndefined()
})

it('a lock without a directory is not taken', async () => {
  const path = join(await makeDirectory(), 'no', 'lock')
  await expect(takeProcessLock(path)).rejects.toMatchObject({ code: 'ENOENT' })
})

it('reads the holder of a lock, and of a text that is none', () => {
  expect(parseLockHolder('7 host any boot\n')).toStrictEqual({ pid: 7, host: 'host', boot: 'boot' })
  expect(parseLockHolder('7 host any')).toStrictEqual({ pid: 7, host: 'host' })
  expect(parseLockHolder('')).toStrictEqual({ pid: 0, host: '' })
})

it('makes the content of a lock as one line', () => {
  expect(newLockContent()).toMatch(/^\d+ \S+ [\w-]{12}(?: [\da-f-]{36})?\n$/)
})
