import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'

const run = promisify(execFile)
const NX_CACHE = createRequire(import.meta.url).resolve('nx/src/utils/cache-directory.js')
const PRINT_CACHE = `require(${JSON.stringify(NX_CACHE)}).cacheDir`

const script = readFileSync(new URL('../../.ci/run', import.meta.url), 'utf8')
const workflow = readFileSync(new URL('../../.github/workflows/ci.yml', import.meta.url), 'utf8')
const { scripts, workspaces } = readJson<{
  scripts: Readonly<Record<string, string>>
  workspaces: string[]
}>('package.json')

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names what the file has
function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')) as T
}

/** The checks that a text runs, by the names of the scripts in package.json that run the same. */
function checksIn(text: string): string[] {
  const commands = text.matchAll(/(?:npm run|npm|npx nx|nx) (?!affected)([a-z:]+)/g)
  const affected = /nx affected -t ([\w -]+)/.exec(text)?.[1]?.split(' ') ?? []
  const names = [...commands].map(([, name = '']) => name)
  const known = ['sync:check', 'gate', ...namesOf(scripts['check'] ?? '')]
  const all = [...names, ...affected.map((name) => name.replace('package-', 'packages:'))]
  return known.filter((name) => all.includes(name)).toSorted()
}

function namesOf(check: string): string[] {
  const commands = check.split(' && ').map((command) => command.split(' ').at(-1) ?? '')
  return commands.filter((name) => name in scripts)
}

it('.ci/run, the workflow and npm run check with the gate run the same checks', () => {
  const all = checksIn(`${scripts['check'] ?? ''} && npm run gate`)
  expect(all).toContain('knip')
  expect(all).toContain('test')
  expect(checksIn(workflow)).toEqual(all)
  expect(checksIn(script)).toEqual(all.filter((name) => name !== 'lint'))
})

it('the gate lints every project, so that .ci/run needs no other lint', () => {
  const { lint } = readJson<{ lint: string[] }>('gate.json')
  expect(workspaces.map((folder) => folder.replace('/*', '')).toSorted()).toEqual(lint.toSorted())
})

it('nx takes no result from the cache in the home folder, which all clones of a repository would share', async () => {
  const clone = await realpath(await mkdtemp(join(tmpdir(), 'rekey-clone-')))
  onTestFinished(() => rm(clone, { recursive: true }))
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.test']
  await run('git', ['init', '--quiet'], { cwd: clone })
  await run('git', [...author, 'commit', '-qm', 'begin', '--allow-empty'], { cwd: clone })
  await mkdir(join(clone, 'home'))
  const env = { PATH: process.env['PATH'], HOME: join(clone, 'home'), NX_DAEMON: 'false' }
  const cacheWith = async (settings: object) => {
    await writeFile(join(clone, 'nx.json'), JSON.stringify(settings))
    return (await run(process.execPath, ['-p', PRINT_CACHE], { cwd: clone, env })).stdout.trim()
  }
  const { cacheDirectory } = readJson<{ cacheDirectory: string }>('nx.json')
  expect(await cacheWith({})).toContain(join(clone, 'home/.nx'))
  expect(await cacheWith({ cacheDirectory })).toBe(join(clone, '.nx/cache'))
})

it('no message of a package names an optional peer to install without the versions that its package.json takes', () => {
  const top = new URL('../../packages/', import.meta.url)
  const byHand = readdirSync(top).flatMap((name) => {
    const { peerDependenciesMeta = {} } = readJson<{ peerDependenciesMeta?: object }>(
      `packages/${name}/package.json`,
    )
    const commands = Object.keys(peerDependenciesMeta).map((peer) => `npm install ${peer}`)
    return readdirSync(new URL(`${name}/src`, top), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
      .map((path) => `${name}/src/${path}`)
      .filter((path) => {
        const code = readFileSync(new URL(path, top), 'utf8')
        return commands.some((command) => code.includes(command))
      })
  })
  expect(byHand).toEqual([])
})
