import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fromDebian } from './debian-package.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-debian-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function writeScript(file: string, script: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
}

/** A package `tool` and an `apt-get` that installs it. */
async function setUp(name: string) {
  const home = join(directory, name)
  const [bin, system, cache] = [join(home, 'bin'), join(home, 'system'), join(home, 'cache')]
  for (const folder of [bin, system, cache]) await mkdir(folder, { recursive: true })
  const file = join(system, 'tool')
  const script = `case " $* " in *" install "*" tool "*) ;; *) exit 0;; esac
printf '#!/bin/sh\\necho Tool 2.1\\n' > ${file}; chmod +x ${file}`
  await writeScript(join(bin, 'apt-get'), script)
  const tool = fromDebian({ package: 'tool', file, version: '2', answer: 'Tool 2.', cost: '' })
  return { bin, cache, file, tool, environment: { PATH: `${bin}:/usr/bin:/bin` } }
}

it('installs the package, and the cache has a link to its program', async () => {
  const { tool, cache, environment } = await setUp('good')
  await tool.install(cache, environment)
  const linked = join(cache, tool.executable)
  expect((await promisify(execFile)(linked)).stdout).toBe('Tool 2.1\n')
  expect(await tool.isRightVersion(linked, environment)).toBe(true)
})

it('says what to do where there is no apt-get', async () => {
  const { tool, cache } = await setUp('none')
  const installing = tool.install(cache, { PATH: cache })
  await expect(installing).rejects.toThrow('install the package tool of your system')
})

it.each([
  ['another version', 'echo Tool 1.9'],
  ['something else', 'exit 3'],
])('does not take %s for the program', async (name, script) => {
  const { tool, file, environment } = await setUp(name)
  await writeScript(file, script)
  expect(await tool.isRightVersion(file, environment)).toBe(false)
})
