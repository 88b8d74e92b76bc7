import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  realpath,
  rm,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runSourceFlags } from '@rekey/testbed'
import { canMount } from '@rekey/testbed/can-mount'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runProgram } from '../../test/commands/run-program.support.ts'

/** Until nothing more can be written. */
async function fill(directory: string): Promise<void> {
  for (;;) {
    const isFull = await appendFile(join(directory, 'other'), randomBytes(1024)).then(
      () => false,
      (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOSPC',
    )
    if (isFull) return
  }
}

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))

it.skipIf(process.platform !== 'linux')(
  'standard output on a full disk ends with 8, and is named',
  { timeout: 60_000 },
  async () => {
    await using full = await open('/dev/full', 'w')
    const args = [...runSourceFlags(), MAIN, 'completion', 'bash']
    const { status, stderr } = spawnSync(process.execPath, args, {
      stdio: ['ignore', full.fd, 'pipe'],
    })
    expect({ status, stderr: String(stderr) }).toEqual({
      status: 8,
      stderr: 'unwritable: standard output cannot be written, the disk is full: free some space\n',
    })
  },
)

describe.runIf(canMount())('rekey, on a disk of its own', () => {
  const value = `dev-${randomBytes(24).toString('base64url')}`
  let root: string
  let cwd: string
  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'rekey-disk-')))
    cwd = join(root, 'disk')
    await mkdir(cwd)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', cwd])
    await writeFile(join(cwd, '.env'), `API_KEY_C_D=${value}\n`, { mode: 0o600 })
  })
  afterEach(async () => {
    execFileSync('umount', [cwd])
    await rm(root, { recursive: true })
  })

  const issue = (...to: readonly string[]) =>
    runProgram(
      ['issue', 'api-key', 'a:b', ...to.map((one) => one.replace('DISK', cwd)), '--json'],
      { cwd },
    )

  it.each([
    ['a new file', ['--out', 'key']],
    ['a file that is there', ['--env', '.env']],
    ['a store', ['--store', 'dotenv:DISK/.env']],
  ])('that is full, ends with 8, and leaves nothing of %s', async (_, to) => {
    await fill(cwd)
    const run = await issue(...to)
    expect(run).toMatchObject({
      code: 8,
      output: expect.stringMatching(
        /unwritable: \S+ cannot be written, the disk is full: free some space/,
      ) as string,
    })
    expect(run.lines().at(-1)).toMatchObject({ code: 'unwritable', exitCode: 8 })
    expect((await readdir(cwd)).toSorted()).toEqual(['.env', 'other'])
    await rm(join(cwd, 'other'))
    expect((await issue(...to)).code).toBe(0)
  })

  it('that is read-only, ends with 8', async () => {
    execFileSync('mount', ['-o', 'remount,ro', cwd])
    expect(await issue('--out', 'key')).toMatchObject({
      code: 8,
      output: expect.stringContaining('is on a read-only file system: mount it writable') as string,
    })
  })
})
