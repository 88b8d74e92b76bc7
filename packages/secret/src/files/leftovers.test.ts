import { mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { replaceFile } from './index.ts'
import { makeDirectory } from '../../test/files/temporary-directory.support.ts'

const NOW_MS = Date.UTC(2026, 0, 1)
const DRAFT = 'file.0123456789ab.tmp'
const TICKET = 'lock.cdef01234567.ticket'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: NOW_MS })
  onTestFinished(() => void vi.useRealTimers())
})

/** A file that was last changed so long ago. */
async function put(directory: string, name: string, ageMs = 120_000): Promise<void> {
  const path = join(directory, name)
  await writeFile(path, 'left')
  const changed = new Date(Date.now() - ageMs)
  await utimes(path, changed, changed)
}

/** The names in a directory once a file was written there. */
async function namesAfterWrite(directory: string): Promise<string[]> {
  await replaceFile(join(directory, 'written'), 'text')
  return (await readdir(directory)).filter((name) => name !== 'written').toSorted()
}

it('a write removes what killed processes have left a minute ago or longer', async () => {
  const directory = await makeDirectory()
  await put(directory, DRAFT)
  await put(directory, TICKET, 60_000)
  expect(await namesAfterWrite(directory)).toEqual([])
})

it('a write leaves a file alone that may be in use', async () => {
  const directory = await makeDirectory()
  await put(directory, DRAFT, 59_000)
  expect(await namesAfterWrite(directory)).toEqual([DRAFT])
})

it.each([
  'file.0123456789ab.tmp.bak',
  'file.0123456789a.tmp',
  'file.0123456789abc.tmp',
  'file.0123456789ag.tmp',
  'file.a.tmp',
  'file0123456789ab.tmp',
  'lock.0123456789ab.takeover',
  'lock',
])('a write leaves %s alone, which is of another name', async (name) => {
  const directory = await makeDirectory()
  await put(directory, name)
  expect(await namesAfterWrite(directory)).toEqual([name])
})

it('what cannot be looked at or removed hinders no write', async () => {
  const directory = await makeDirectory()
  await symlink(join(directory, 'nowhere'), join(directory, DRAFT))
  await mkdir(join(directory, TICKET))
  const changed = new Date(NOW_MS - 120_000)
  await utimes(join(directory, TICKET), changed, changed)
  expect(await namesAfterWrite(directory)).toEqual([DRAFT, TICKET])
})

it('a directory that does not exist hinders a write as any other would', async () => {
  const directory = await makeDirectory()
  await expect(replaceFile(join(directory, 'no', 'file'), 'text')).rejects.toMatchObject({
    code: 'missing',
  })
})

it('looks into each directory once a minute', async () => {
  const [directory, other] = [await makeDirectory(), await makeDirectory()]
  await namesAfterWrite(directory)
  await put(directory, DRAFT)
  await put(other, DRAFT)
  expect([await namesAfterWrite(directory), await namesAfterWrite(other)]).toEqual([[DRAFT], []])
  vi.advanceTimersByTime(59_999)
  expect(await namesAfterWrite(directory)).toEqual([DRAFT])
  vi.advanceTimersByTime(1)
  expect(await namesAfterWrite(directory)).toEqual([])
})
