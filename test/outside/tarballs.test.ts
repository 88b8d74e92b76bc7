import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folderOf, PACKAGES, type PackedPackage, packPackages, succeed } from '@rekey/test-packed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

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
      ...['docs', 'family.schema.json', 'schemas'],
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

  it('needs the packages of its own release, and at most 3 of others where a service imports it', async () => {
    const { version, dependencies = {}, nx } = await manifestOf(name)
    const needed = Object.entries(dependencies)
    const own = needed.filter(([each]) => each.startsWith('@rekey/'))
    expect(own.filter(([, range]) => range !== version)).toEqual([])
    const isImported = nx.tags.some((tag) => IMPORTED_LAYERS.includes(tag))
    if (isImported) expect(needed.length - own.length).toBeLessThanOrEqual(3)
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

it('all packages are of one version', async () => {
  const versions = await Promise.all(PACKAGES.map(async (name) => (await manifestOf(name)).version))
  expect(new Set(versions).size).toBe(1)
})
