// @lane servers
import { mkdtemp, readdir, readFile, realpath, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { replaceFile, takeProcessLock } from '@rekey/secret/internal/files'
import {
  type DiskFault,
  type LeftFiles,
  listSteps,
  recordKills,
  runOnFailingDisk,
} from '@rekey/testbed/file-steps'
import { expect, it, onTestFinished } from 'vitest'

const FAULTS: readonly DiskFault[] = ['EIO', 'EROFS', 'short']

/** A directory with a file. */
async function newDirectory(file: string, text: string): Promise<string> {
  const base = await mkdtemp(join(await realpath(tmpdir()), 'rekey-steps-'))
  onTestFinished(() => rm(base, { recursive: true }))
  return newDirectoryIn(base, file, text)
}

async function newDirectoryIn(base: string, file: string, text: string): Promise<string> {
  const directory = await mkdtemp(join(base, 'place-'))
  await writeFile(join(directory, file), text)
  return directory
}

const GONE = `4194305 ${hostname()} of-a-process-that-is-gone\n`

it('K14: a file whose replacement is killed at any step has the old text or the new, and the next write leaves no draft', async () => {
  const directory = await newDirectory('file', 'old')
  const states = await recordKills(directory, () => replaceFile(join(directory, 'file'), 'new'))
  const found: string[] = []
  for (const { label, directory: left } of states) {
    const path = join(left, 'file')
    found.push(await readFile(path, 'utf8'))
    await replaceFile(path, 'next')
    expect({ label, files: await readdir(left) }).toEqual({ label, files: ['file'] })
  }
  expect(found).toEqual(['old', 'old', 'old', 'old', 'old', 'new'])
})

it.each(FAULTS)(
  'K13: a file whose replacement meets %s at any step keeps its old text or has the new, and the error names it',
  async (fault) => {
    const base = await newDirectory('none', '')
    const count = (await listSteps(base, () => replaceFile(join(base, 'file'), 'new'))).length
    expect(count).toBe(6)
    for (let from = 0; from < count; from += 1) {
      const directory = await newDirectoryIn(base, 'file', 'old')
      const path = join(directory, 'file')
      const run = () => replaceFile(path, 'new')
      const { error, step } = await runOnFailingDisk(directory, { from, fault }, run)
      if (step === undefined) continue
      expect(error).toBeInstanceOf(SecretError)
      expect(error).toMatchObject({ message: expect.stringContaining(path) as string })
      const isRenamed = step.name === 'sync' && from === count - 1
      expect(await readFile(path, 'utf8')).toBe(isRenamed ? 'new' : 'old')
      // A read-only disk keeps what is on it.
      if (fault !== 'EROFS') expect(await readdir(directory)).toEqual(['file'])
    }
  },
)

async function lock(directory: string) {
  return takeProcessLock(join(directory, 'lock'))
}

it('K15: a lock is taken over from a process that was killed at any step of taking it over, and again from the next', async () => {
  const directory = await newDirectory('lock', GONE)
  const states: LeftFiles[] = []
  for (const { directory: left } of await recordKills(directory, () => lock(directory))) {
    states.push(...(await recordKills(left, () => lock(left))))
  }
  expect(states.length).toBeGreaterThan(50)
  for (const { label, directory: left } of states) {
    // Long ago, so that each file that may be cleared away is.
    for (const name of await readdir(left)) await utimes(join(left, name), 1, 1)
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => lock(left)))
    const taken = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    expect({ label, taken: taken.length }).toEqual({ label, taken: 1 })
    const refused = outcomes.flatMap((one) =>
      one.status === 'rejected' ? [one.reason as unknown] : [],
    )
    expect(refused).toMatchObject(refused.map(() => ({ code: 'conflict' })))
    await taken[0]?.()
    const again = await lock(left)
    await again()
    expect({ label, files: await readdir(left) }).toEqual({ label, files: [] })
  }
})

it.each(FAULTS)(
  'K13, K15: a lock that meets %s at any step is not left behind, or can be taken at once',
  async (fault) => {
    const base = await newDirectory('lock', GONE)
    const count = (await listSteps(base, async () => (await lock(base))())).length
    for (let from = 0; from < count; from += 1) {
      const directory = await newDirectoryIn(base, 'lock', GONE)
      const run = async () => (await lock(directory))()
      await runOnFailingDisk(directory, { from, fault }, run)
      await (
        await lock(directory)
      )()
      const left = (await readdir(directory)).filter((name) => !/\.(?:ticket|takeover)$/.test(name))
      expect(left).toEqual([])
    }
  },
)
