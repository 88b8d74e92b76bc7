// @lane servers
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const NX = join(ROOT, 'node_modules/.bin/nx')
const run = promisify(execFile)
const workflow = (name: string) => readFile(join(ROOT, '.github/workflows', name), 'utf8')

/** The manifests and settings of this repository, with a version plan, in a repository of their own. */
async function copyWorkspace(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'rekey-release-'))
  onTestFinished(() => rm(copy, { recursive: true }))
  const git = async (cwd: string, ...args: readonly string[]) => {
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.test']
    return (await run('git', [...author, ...args], { cwd, maxBuffer: 2 ** 24 })).stdout
  }
  const listed = await git(ROOT, 'ls-files', '-co', '--exclude-standard')
  const files = listed
    .split('\n')
    .filter((file) => /^[^/]*\.json$|\/(?:package|tsconfig[.a-z]*)\.json$|^\.gitignore$/.test(file))
  for (const file of files) {
    await mkdir(join(copy, dirname(file)), { recursive: true })
    await cp(join(ROOT, file), join(copy, file))
  }
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  await mkdir(join(copy, '.nx/version-plans'), { recursive: true })
  await writeFile(
    join(copy, '.nx/version-plans/first.md'),
    '---\n__default__: minor\n---\n\nA feature.\n',
  )
  await git(copy, 'init', '--quiet')
  await git(copy, 'add', '.')
  await git(copy, 'commit', '--quiet', '--message', 'begin')
  return copy
}

it('a version plan raises all packages, and what they need of each other, to one version, and is an entry of the changelog', async () => {
  const copy = await copyWorkspace()
  const env = {
    ...process.env,
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    FORCE_COLOR: '0',
    NX_WORKSPACE_ROOT_PATH: '',
  }
  const args = [NX, 'release', '--dry-run', '--skip-publish']
  const { stdout } = await run(process.execPath, args, { cwd: copy, env, maxBuffer: 2 ** 24 })
  const raised = (line: string) => stdout.split(line).length - 1
  const { version } = JSON.parse(
    await readFile(join(ROOT, 'packages/secret/package.json'), 'utf8'),
  ) as { version: string }
  const next = version.replace(/\.(\d+)\.\d+$/, (_, minor: string) => `.${Number(minor) + 1}.0`)
  expect(stdout).toContain('packages/secret/package.json')
  expect(raised(`+   "version": "${next}"`)).toBe(raised(`-   "version": "${version}"`))
  expect(raised(`+   "version": "${next}"`)).toBeGreaterThan(30)
  expect(stdout).toContain(`+     "@rekey/secret": "${next}"`)
  const changelog = stdout.slice(stdout.indexOf('CHANGELOG.md'))
  expect(changelog).toContain(`+ ## ${next}`)
  expect(changelog).toContain('+ - A feature.')
}, 120_000)

it('the workflow of a release proves itself to npm without a token, and pins the actions that ci pins', async () => {
  const release = await workflow('release.yml')
  const ci = await workflow('ci.yml')
  expect(release).toContain('id-token: write')
  expect(release).toContain('NPM_CONFIG_PROVENANCE: true')
  expect(release).not.toMatch(/secrets\.|_TOKEN/)
  const actions = [...release.matchAll(/uses: (\S+)/g)].map(([, action = '']) => action)
  expect(actions.length).toBeGreaterThan(0)
  for (const action of actions) {
    expect(action).toMatch(/@[0-9a-f]{40}$/)
    expect(ci).toContain(action)
  }
})

it('the lock names the content of each package and no registry', async () => {
  const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<
      Record<string, { link?: true; resolved?: string; integrity?: string; inBundle?: true }>
    >
  }
  const installed = Object.entries(packages).filter(([path]) => path.includes('node_modules/'))
  const foreign = installed.filter(([, { link }]) => link !== true)
  expect(foreign.length).toBeGreaterThan(500)
  const bare = foreign.filter(([, { integrity, inBundle }]) => !integrity && !inBundle)
  expect(bare.map(([path]) => path)).toEqual([])
  expect(foreign.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
})
