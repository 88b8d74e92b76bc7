// @lane servers
import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runSourceFlags } from '@rekey/testbed'
import { expect, it, onTestFinished } from 'vitest'
import { BY_OTHER_USER, runAsOther } from './other-user.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const REPLACE_ALL = `for file in "$1"/*; do
  rm "$file"
  echo '{"code":"console.log(\\"planted\\")","warnings":[],"map":""}' > "$file"
done`

/** Runs commands with a directory for temporary files that all users share, as `/tmp` is. */
async function shareTemporaryFiles() {
  const TMPDIR = await mkdtemp(join(tmpdir(), 'rekey-shared-'))
  onTestFinished(() => rm(TMPDIR, { recursive: true }))
  await chmod(TMPDIR, 0o1777)
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR }
  const run = (command: string, ...args: readonly string[]) =>
    execFileSync(command, args, { cwd: REPOSITORY, encoding: 'utf8', env })
  const rekey = (...flags: readonly string[]) =>
    run(process.execPath, ...flags, 'packages/rekey/src/main.ts', '--help')
  return { TMPDIR, run, rekey }
}

it(`runs nothing from a cache of compiled sources that ${BY_OTHER_USER} has put into the shared directory`, async () => {
  const { TMPDIR, run, rekey } = await shareTemporaryFiles()
  const cache = join(TMPDIR, `tsx-${String(process.geteuid?.())}`)
  const plain = ['--conditions=@rekey/source', '--import=tsx']
  runAsOther('mkdir "$1"; chmod 777 "$1"', cache)
  rekey(...plain)
  runAsOther(REPLACE_ALL, cache)
  expect(rekey(...plain)).toContain('planted')
  for (const output of [
    rekey(...runSourceFlags()),
    run('npm', 'run', '--silent', 'rekey', '--', '--help'),
  ]) {
    expect(output).toContain('Usage: rekey')
    expect(output).not.toContain('planted')
  }
}, 120_000)
