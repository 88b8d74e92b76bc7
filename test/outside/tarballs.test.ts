// @lane servers
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DisposalStack } from '@rekey/secret'
import {
  folderOf,
  openPackageRegistry,
  type PackageRegistry,
  PACKAGES,
  type PackedPackage,
  packPackages,
  runProgram,
  succeed,
} from '@rekey/test-packed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openReleaseWorkspace, type ReleaseWorkspace } from './release-workspace.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const ADDRESS = 'https://github.com/rekey/rekey'
/** The tags of the packages that a service imports. */
const IMPORTED_LAYERS = ['layer:base', 'layer:kind', 'layer:feature']

interface Manifest {
  readonly version: string
  readonly private?: boolean
  readonly license: string
  readonly keywords: readonly string[]
  readonly homepage: string
  readonly bugs: string
  readonly repository: unknown
  readonly publishConfig: unknown
  readonly scripts?: unknown
  readonly dependencies?: Readonly<Record<string, string>>
  readonly nx: { readonly tags: readonly string[] }
}

let directory: string
let packed: ReadonlyMap<string, PackedPackage>

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-tarballs-'))
  const all = await packPackages(PACKAGES, directory)
  packed = new Map(all.map((each) => [each.name, each]))
  const sizes = all.map(({ name, unpackedSize }) => `${name} ${Math.ceil(unpackedSize / 1024)} KiB`)
  console.log(`unpacked sizes: ${sizes.join(', ')}`)
}, 240_000)
afterAll(() => rm(directory, { recursive: true }))

function packageOf(name: string): PackedPackage {
  const found = packed.get(name)
  if (found === undefined) throw new Error(`${name} was not packed`)
  return found
}

/** A file of a tarball. */
const read = (name: string, path: string) =>
  succeed('tar', ['-xzOf', packageOf(name).tarball, `package/${path}`], directory)

const manifestOf = async (name: string) => JSON.parse(await read(name, 'package.json')) as Manifest

describe.each(PACKAGES)('the tarball of %s', (name) => {
  it('holds the built code, the license and no source, test or trace of a build', async () => {
    const { files } = packageOf(name)
    const folders = new Set(files.map((path) => path.split('/')[0]))
    const known = [
      ...['LICENSE', 'README.md', 'package.json', 'dist'],
      ...['codemod', 'completion.json', 'docs', 'family.schema.json', 'oxlint', 'schemas'],
    ]
    expect(known).toEqual(expect.arrayContaining([...folders]))
    expect([...folders]).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist']))
    expect(
      files.filter((path) => /\.test\.|\.tsbuildinfo$|\.map$|(?<!\.d)\.ts$/.test(path)),
    ).toEqual([])
    const license = await readFile(join(ROOT, 'LICENSE'), 'utf8')
    expect(await read(name, 'LICENSE')).toBe(license)
  })

  it('states where it comes from, is public, and runs nothing when it is installed', async () => {
    const manifest = await manifestOf(name)
    expect(manifest).toMatchObject({
      license: 'Apache-2.0',
      homepage: `${ADDRESS}/tree/main/${folderOf(name)}#readme`,
      bugs: `${ADDRESS}/issues`,
      repository: { type: 'git', url: `git+${ADDRESS}.git`, directory: folderOf(name) },
      publishConfig: { access: 'public' },
    })
    expect(manifest.private).toBeUndefined()
    expect(manifest.scripts).toBeUndefined()
    expect(manifest.keywords).toContain('secrets')
  })

  it('needs the packages of its own release, and at most 4 of others where a service imports it', async () => {
    const { version, dependencies = {}, nx } = await manifestOf(name)
    const needed = Object.entries(dependencies)
    const own = needed.filter(([each]) => each.startsWith('@rekey/'))
    expect(own.filter(([, range]) => range !== version)).toEqual([])
    const isImported = nx.tags.some((tag) => IMPORTED_LAYERS.includes(tag))
    if (isImported) expect(needed.length - own.length).toBeLessThanOrEqual(4)
  })

  it('has a README whose links are absolute, and lead to files that are there', async () => {
    const links = Array.from((await read(name, 'README.md')).matchAll(/\]\(([^)]+)\)/g))
    const targets = links.map(([, target = '']) => target)
    expect(targets.filter((target) => !/^(?:https:\/\/|#)/.test(target))).toEqual([])
    const inside = targets.filter((target) => target.startsWith(ADDRESS))
    const paths = inside.map((target) => target.replace(/^.*?\/(?:blob|tree)\/main\/|#.*$/g, ''))
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })
})

it('the signer process loads what masks its output before anything else of its own', async () => {
  const main = await read('@rekey/ca-keystore', 'dist/signer-process/main.js')
  const atOnce = Array.from(main.matchAll(/^(?:import|\}).*"([^"]+)";$/gm), ([, name]) => name)
  expect(atOnce).toEqual(['@rekey/log-redactor/register', '@rekey/log-redactor', 'node:process'])
})

it('all packages are of one version', async () => {
  const versions = await Promise.all(PACKAGES.map(async (name) => (await manifestOf(name)).version))
  expect(new Set(versions).size).toBe(1)
})

describe('a release to a registry on loopback', { timeout: 240_000 }, () => {
  const own = new DisposalStack()
  let registry: PackageRegistry
  let workspace: ReleaseWorkspace
  let folder: string

  beforeAll(async () => {
    const token = randomBytes(16).toString('hex')
    registry = own.use(await openPackageRegistry([], token), 'registry')
    const opening = openReleaseWorkspace([...packed.values()], registry, token)
    workspace = own.use(await opening, 'workspace')
    folder = await mkdtemp(join(tmpdir(), 'rekey-published-'))
    own.defer(() => rm(folder, { recursive: true }), 'folder')
  }, 60_000)
  afterAll(() => own.dispose())

  const WITHOUT = { NPM_CONFIG_PROVENANCE: 'false' }
  const namesPublished = () => registry.published.map(({ name }) => name)
  const type = (script: string) =>
    runProgram('bash', ['-euo', 'pipefail', '-c', script], {
      ...{ cwd: folder, env: { HOME: process.env['HOME'] ?? '' } },
    })

  it('demands the provenance that only a workflow can give', async () => {
    const { code, stdout, stderr } = await workspace.publishOne('@rekey/secret')
    expect(stdout + stderr).toMatch(/provenance/)
    expect(code).toBe(1)
    expect(namesPublished()).toEqual([])
  })

  it('publishes each package, public, and no private project', async () => {
    const run = await workspace.publish(WITHOUT)
    expect(run.code, run.stdout + run.stderr).toBe(0)
    expect(namesPublished().toSorted()).toEqual(PACKAGES.toSorted())
    expect(new Set(registry.published.map(({ access }) => access))).toEqual(new Set(['public']))
  })

  it('publishes no version twice', async () => {
    const again = await workspace.publishOne('@rekey/secret', WITHOUT)
    expect(again.stdout + again.stderr).toMatch(/Skipped package "@rekey\/secret".*already exists/)
    expect(again.code).toBe(0)
    expect(namesPublished()).toHaveLength(PACKAGES.length)
  })

  it('is what npm installs into an empty folder, where the command and an import run', async () => {
    const settings = ['audit=false', 'fund=false', 'prefer-offline=true', 'ignore-scripts=true']
    await writeFile(join(folder, '.npmrc'), [registry.npmrc, ...settings, ''].join('\n'))
    const installed = await type('npm install @rekey/config-loader @rekey/rekey')
    expect(installed.code, installed.stderr).toBe(0)
    const { version } = await manifestOf('@rekey/rekey')
    expect((await type('node_modules/.bin/rekey --version')).stdout.trim()).toBe(version)
    const script = `import('@rekey/config-loader').then((all) => console.log(typeof all.defineService))`
    expect((await type(`node --eval "${script}"`)).stdout.trim()).toBe('function')
  })
})
