import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canMount } from '@rekey/testbed/can-mount'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { describeUnwritable } from './index.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-unwritable-'))
  onTestFinished(() => rm(directory, { recursive: true }))
})

it('nothing stands against a directory, nor one that would be made in it, and nothing is written', async () => {
  expect(await describeUnwritable(directory)).toBeUndefined()
  expect(await describeUnwritable(join(directory, 'a/b'))).toBeUndefined()
  expect(await readdir(directory)).toEqual([])
})

it('a path that leads through a file is described', async () => {
  await writeFile(join(directory, 'file'), '')
  expect(await describeUnwritable(join(directory, 'file/a'))).toContain('is not a directory')
})

it.runIf(process.platform === 'linux' && process.geteuid?.() === 0)(
  'nothing stands against a directory of the kernel, which has no blocks',
  async () => {
    expect(await describeUnwritable('/proc')).toBeUndefined()
  },
)

describe.runIf(canMount())('on a disk of its own', () => {
  beforeEach(() => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', directory])
    onTestFinished(() => void execFileSync('umount', [directory]))
  })

  it('a full disk is described', async () => {
    await writeFile(join(directory, 'other'), Buffer.alloc(1 << 20)).catch(() => undefined)
    expect(await describeUnwritable(join(directory, 'audit'))).toBe(
      `${directory} cannot be written, the disk is full: free some space`,
    )
  })

  it('a read-only file system is described', async () => {
    execFileSync('mount', ['-o', 'remount,ro', directory])
    expect(await describeUnwritable(directory)).toContain('is on a read-only file system')
  })
})
