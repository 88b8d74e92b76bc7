import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProgram, installProgram } from './index.ts'

/** The lines of Vault's source that the build adapts. */
const SOURCE = {
  'vault/identity_store.go': '\tActivationFunc: iStore.activateDeduplication,\n',
  'vault/logical_system_activation_flags.go': '\terr := flag.ActivationFunc(ctx, nil)\n',
  'builtin/logical/transit/path_restore.go':
    '\trestoredKeyName, err := b.lm.RestorePolicy(ctx, req.Storage, keyName, backup, force)\n',
}

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-vault-program-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

async function writeScript(file: string, script: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
}

/** An environment whose `go` knows Vault's source as `source` has it, and builds what only tells a version. */
async function environmentWith(name: string, source: Record<string, string>, version = '1.21.4') {
  const home = join(directory, name)
  const module = join(home, 'module')
  for (const [file, text] of Object.entries(source)) {
    await mkdir(dirname(join(module, file)), { recursive: true })
    await writeFile(join(module, file), text, { mode: 0o444 })
  }
  const answer = `echo "Vault v${version}, built 2026-11-24T21:29:08Z"`
  await writeScript(
    join(home, 'bin', 'go'),
    `case "$1" in
list) echo '${module}' ;;
build) cat source/*/*.go source/*/*/*/*.go > '${home}/built' && printf '#!/bin/sh\\n%s\\n' '${answer}' > ../vault && chmod +x ../vault ;;
*) echo "$@" >> '${home}/asked' ;;
esac`,
  )
  const cache = join(home, 'cache', 'rekey-testbed')
  const environment = {
    PATH: `${join(home, 'bin')}:/usr/bin:/bin`,
    XDG_CACHE_HOME: join(home, 'cache'),
  }
  return { home, cache, environment }
}

const install = (environment: NodeJS.ProcessEnv) =>
  installProgram('vault', () => undefined, environment)

describe('installing Vault', () => {
  it('builds its adapted source, and keeps only the program', async () => {
    const { home, cache, environment } = await environmentWith('good', SOURCE)
    const { path } = await install(environment)
    expect(path).toBe(join(cache, 'vault-1.21.4', 'vault'))
    expect(await readdir(join(cache, 'vault-1.21.4'))).toEqual(['vault'])
    const built = await readFile(join(home, 'built'), 'utf8')
    expect(built).toContain('return iStore.activateDeduplication(ctx, req)')
    expect(built).toContain('flag.ActivationFunc(ctx, nil, "")')
    expect(built).toContain('restoredKeyName := keyName\n\terr := b.lm.RestorePolicy(ctx')
    expect(await readFile(join(home, 'asked'), 'utf8')).toBe(
      'get -tool github.com/hashicorp/vault@v1.21.4\nmod edit -replace=github.com/hashicorp/vault=./source\n',
    )
  })

  it.each(Object.keys(SOURCE))('fails loudly if %s does not have its line', async (file) => {
    const name = `without-${file.replaceAll('/', '-')}`
    const { cache, environment } = await environmentWith(name, { ...SOURCE, [file]: 'other\n' })
    await expect(install(environment)).rejects.toThrow(`${file} has 0 times, and not once,`)
    expect(await readdir(cache)).toEqual([])
  })

  it('does not keep a program of another version', async () => {
    const { cache, environment } = await environmentWith('other', SOURCE, '1.20.0')
    await expect(install(environment)).rejects.toThrow('another version than vault 1.21.4')
    expect(await readdir(cache)).toEqual([])
  })
})

it.each([
  ['1.21.4', true],
  ['1.21.40', false],
])('a vault on PATH of version %s is taken: %s', async (version, found) => {
  const folder = join(directory, `path-${version}`)
  await writeScript(join(folder, 'vault'), `echo "Vault v${version} (abc), built 2025-11-24"`)
  const environment = { PATH: `${folder}:/usr/bin:/bin`, XDG_CACHE_HOME: '/nonexistent' }
  expect(await findProgram('vault', environment)).toMatchObject({ found })
})
