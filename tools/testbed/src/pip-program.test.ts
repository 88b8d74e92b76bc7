import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findProgram, installProgram } from './index.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-pip-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function writeScript(folder: string, name: string, script: string): Promise<string> {
  await mkdir(join(directory, folder), { recursive: true })
  const file = join(directory, folder, name)
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
  return file
}

/** Stands in for Python: `-m venv` copies it, `-m pip install` leaves the record, anything else tells how it was run. */
const PYTHON = (version: string) => `
case "$2" in
venv) mkdir -p "$3/bin" && cp "$0" "$3/bin/python3" ;;
pip) mkdir -p "$(dirname "$0")/../lib/python3.11/site-packages/moto-${version}.dist-info" ;;
*) echo "$(basename "$(dirname "$(dirname "$0")")") $*" ;;
esac`

async function environmentWith(name: string, version: string) {
  const python = await writeScript(name, 'python3', PYTHON(version))
  const XDG_CACHE_HOME = join(directory, `${name}-cache`)
  return { PATH: `${dirname(python)}:/usr/bin:/bin`, XDG_CACHE_HOME }
}

it('runs a program where it was moved to, also through a link', async () => {
  const environment = await environmentWith('good', '5.2.5')
  const { path, from } = await installProgram('moto', () => undefined, environment)
  expect(from).toBe('cache')
  const link = join(directory, 'linked')
  await symlink(path, link)
  for (const file of [path, link]) {
    const { stdout } = await promisify(execFile)(file, ['-p', '1'])
    expect(stdout).toBe('moto-5.2.5 -m moto.server -p 1\n')
  }
})

it('leaves nothing behind when Python fails', async () => {
  const environment = await environmentWith('bad', '5.2.5')
  await writeScript('bad', 'python3', 'exit 4')
  const installing = installProgram('moto', () => undefined, environment)
  await expect(installing).rejects.toThrow('failed: its own words are above')
  expect(await readdir(join(environment.XDG_CACHE_HOME, 'rekey-testbed'))).toEqual([])
})

it.each([
  ['5.2.5', true],
  ['4.0.0', false],
])('takes one on PATH by the version that pip has recorded: %s', async (version, found) => {
  const script = await writeScript(`bin-${version}/bin`, 'moto_server', 'exit 0')
  const packages = join(dirname(dirname(script)), 'lib', 'python3.9', 'site-packages')
  await mkdir(join(packages, `moto-${version}.dist-info`), { recursive: true })
  const environment = { PATH: dirname(script), XDG_CACHE_HOME: join(directory, 'none') }
  expect(await findProgram('moto', environment)).toMatchObject({ found })
})
