import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdtemp, readFile, realpath, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canMount } from '@rekey/testbed/can-mount'
import { expect, it, onTestFinished } from 'vitest'
import { createSignedLog, verifySignedLog } from '../index.ts'

const PAGE_BYTES = 4096

/** Writes to `path` until the disk is full. The last page of a file beside it has room still. */
async function fill(path: string): Promise<void> {
  const isFull = async () => {
    const written = appendFile(path, randomBytes(1024))
    return written.then(
      () => false,
      () => true,
    )
  }
  while (!(await isFull()));
}

it.runIf(canMount())(
  'an entry that was reported as not recorded, since the disk was full, is not in the log',
  async () => {
    const disk = await realpath(await mkdtemp(join(tmpdir(), 'rekey-audit-disk-')))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk])
    onTestFinished(async () => {
      execFileSync('umount', [disk])
      await rm(disk, { recursive: true })
    })
    const directory = join(disk, 'audit')
    const record = (subject: string) =>
      createSignedLog({ directory }).record({
        ...{ actor: 'rekey', action: 'step.revoke', subject, outcome: 'succeeded' },
      })
    await record('before')
    const expected = ['before']
    const other = join(disk, 'other')
    await fill(other)
    const { size } = await stat(other)
    // With a page or two free, the lock and the lines of an entry are written, and its key is not.
    for (const free of [0, 1, 2]) {
      await truncate(other, size - free * PAGE_BYTES)
      const recorded = await record(`full-${free}`).then(
        () => true,
        () => false,
      )
      if (recorded) expected.push(`full-${free}`)
    }
    await rm(other)
    await record('after')
    expected.push('after')
    const text = await readFile(join(directory, 'audit-000000000001.jsonl'), 'utf8')
    const lines = text.trimEnd().split('\n')
    const subjects = lines.map((line) => (JSON.parse(line) as { subject: string }).subject)
    expect(expected).not.toContain('full-0')
    expect(subjects.slice(1)).toEqual(expected)
    expect(await verifySignedLog({ directory })).toMatchObject({ ok: true })
  },
)
