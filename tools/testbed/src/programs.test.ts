import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findForTest, findProgram, installProgram } from './index.ts'

const run = promisify(execFile)
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-programs-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function writeScript(folder: string, name: string, script: string): Promise<string> {
  await mkdir(join(directory, folder), { recursive: true })
  const file = join(directory, folder, name)
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
  return file
}

it('takes the file that the environment names', async () => {
  const file = await writeScript('chosen', 'gitleaks', 'exit 0')
  const program = await findProgram('gitleaks', { REKEY_GITLEAKS: file, PATH: '' })
  expect(program).toMatchObject({ found: true, from: 'environment', path: file })
})

it('does not look further when the environment names a file that cannot be run', async () => {
  const missing = join(directory, 'missing')
  const program = await findProgram('gitleaks', { ...process.env, REKEY_GITLEAKS: missing })
  expect(program).toMatchObject({
    found: false,
    reason: 'REKEY_GITLEAKS names a file that cannot be run: correct it or unset it',
  })
})

it('passes over a program on PATH that is not the right version', async () => {
  await writeScript('other', 'gitleaks', 'echo 8.16.0')
  const program = await findProgram('gitleaks', {
    PATH: `${join(directory, 'other')}:${process.env['PATH'] ?? ''}`,
    XDG_CACHE_HOME: directory,
  })
  expect(program).toMatchObject({ found: false, install: 'npm run testbed:install gitleaks' })
})

describe('an absent program', () => {
  const nowhere = { PATH: '', XDG_CACHE_HOME: '/nonexistent' }

  it('lets a suite be skipped', async () => {
    await expect(findForTest('gitleaks', nowhere)).resolves.toMatchObject({ found: false })
  })

  it('fails a suite under CI, with the command that installs it', async () => {
    const finding = findForTest('gitleaks', { ...nowhere, CI: 'true' })
    await expect(finding).rejects.toThrow('To install it: npm run testbed:install gitleaks')
  })
})

describe('installing', () => {
  const fakeGo = (build: string) => writeScript(`go-${build.length}`, 'go', build)
  const environmentWith = (go: string, cache: string) => {
    return { PATH: `${join(go, '..')}:/usr/bin:/bin`, XDG_CACHE_HOME: join(directory, cache) }
  }
  const BUILD = `if [ "$1" = version ]; then printf '\\tmod\\tgithub.com/zricethezav/gitleaks/v8\\tv8.30.1\\th1:x\\n'
else printf '#!/bin/sh\\n' > "$GOBIN/gitleaks" && chmod +x "$GOBIN/gitleaks"; fi`

  it('puts the program into the cache, twice at once without a clash, and keeps no workshop', async () => {
    const environment = environmentWith(await fakeGo(BUILD), 'cache-both')
    const lines: string[] = []
    const install = () => installProgram('gitleaks', (line) => lines.push(line), environment)
    const programs = await Promise.all([install(), install()])
    expect(programs.map(({ from }) => from)).toEqual(['cache', 'cache'])
    expect(lines).toHaveLength(2)
    const kept = await readdir(join(directory, 'cache-both', 'rekey-testbed'))
    expect(kept).toEqual(['gitleaks-8.30.1'])
  })

  it('leaves nothing behind when the build fails', async () => {
    const environment = environmentWith(await fakeGo('exit 3'), 'cache-failed')
    const installing = installProgram('gitleaks', () => undefined, environment)
    await expect(installing).rejects.toThrow('failed')
    expect(await readdir(join(directory, 'cache-failed', 'rekey-testbed'))).toEqual([])
  })

  it('does not keep a program of another version', async () => {
    const other = BUILD.replace('v8.30.1', 'v8.16.0')
    const environment = environmentWith(await fakeGo(`${other}\n`), 'cache-other')
    const installing = installProgram('gitleaks', () => undefined, environment)
    await expect(installing).rejects.toThrow('another version than gitleaks 8.30.1')
    expect(await readdir(join(directory, 'cache-other', 'rekey-testbed'))).toEqual([])
  })

  it('says that go is needed where there is none', async () => {
    const environment = { PATH: '/nonexistent', XDG_CACHE_HOME: join(directory, 'cache-no-go') }
    const installing = installProgram('gitleaks', () => undefined, environment)
    await expect(installing).rejects.toThrow('go is not on PATH')
  })

  it('refuses a name that it does not know, by the command line', async () => {
    const script = join(import.meta.dirname, 'install.ts')
    const installing = run(process.execPath, ['--import', 'tsx', script, 'nonesuch'])
    await expect(installing).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^Unknown: nonesuch\. Known: age, certtool, certutil, /,
      ) as string,
    })
  })
})

describe('installing Keycloak', () => {
  const ARCHIVE = 'keycloak-quarkus-dist-26.4.7.zip'
  const MVN = `[ "$3" = '-Dartifact=org.keycloak:keycloak-quarkus-dist:26.4.7:zip' ] && touch ${ARCHIVE}`
  const unzipTo = (
    build: string,
  ) => `[ "$2" = ${ARCHIVE} ] && mkdir -p keycloak-26.4.7/bin && cd keycloak-26.4.7
echo 'Keycloak - Version 26.4.7' > version.txt
printf '#!/bin/sh\n${build}\n' > bin/kc.sh && chmod +x bin/kc.sh`

  async function environmentWith(name: string, build: string) {
    await writeScript(name, 'mvn', MVN)
    await writeScript(name, 'unzip', unzipTo(build))
    const cache = join(directory, `${name}-cache`)
    const PATH = `${join(directory, name)}:/usr/bin:/bin`
    return { cache: join(cache, 'rekey-testbed'), environment: { PATH, XDG_CACHE_HOME: cache } }
  }

  it('unpacks and builds it in the cache', async () => {
    const { cache, environment } = await environmentWith('keycloak-good', 'echo "$@" > ../asked')
    const { path } = await installProgram('keycloak', () => undefined, environment)
    expect(path).toBe(join(cache, 'keycloak-26.4.7', 'bin', 'kc.sh'))
    expect(await readdir(cache)).toEqual(['keycloak-26.4.7'])
    expect((await readdir(join(cache, 'keycloak-26.4.7'))).sort()).toEqual([
      'bin',
      'built-with',
      'version.txt',
    ])
  })

  it('leaves nothing behind when the build fails', async () => {
    const { cache, environment } = await environmentWith('keycloak-bad', 'exit 2')
    const installing = installProgram('keycloak', () => undefined, environment)
    await expect(installing).rejects.toThrow('failed: its own words are above')
    expect(await readdir(cache)).toEqual([])
  })

  it('passes over one on PATH that was not built for the tests', async () => {
    const { environment } = await environmentWith('keycloak-other', 'exit 0')
    await writeScript('keycloak-other', 'kc.sh', 'exit 0')
    expect(await findProgram('keycloak', environment)).toMatchObject({ found: false })
  })
})
