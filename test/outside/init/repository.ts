import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { runProgram } from '@rekey/rekey/internal/run-program'

const MODULES = join(import.meta.dirname, '../../../node_modules')

/** A repository of these files, with the packages of this one; removed after the test. */
export async function newRepository(files: Readonly<Record<string, string>>): Promise<string> {
  const cwd = await realpath(await mkdtemp(join(tmpdir(), 'rekey-init-')))
  onTestFinished(() => rm(cwd, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, path)), { recursive: true })
    await writeFile(join(cwd, path), text)
  }
  await symlink(MODULES, join(cwd, 'node_modules'))
  return cwd
}

/** The lines of `rekey init --json` there, which writes nothing. */
export async function survey(cwd: string): Promise<readonly Record<string, unknown>[]> {
  const { lines } = await runProgram(['init', '--json'], { cwd })
  return lines()
}
