import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folderOf, packPackages, type ProgramRun, runProgram, succeed } from '@rekey/test-packed'
import ts from 'typescript'

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))

/** A folder outside of this repository in which packed packages are installed, and nothing else. */
export interface StrangerProject extends AsyncDisposable {
  readonly root: string
  /** The registry packages that came with them. */
  readonly registryPackages: ReadonlySet<string>
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>
  /** Runs a binary of an installed package, in `root` or a folder below it; its environment is `PATH` and `env`. */
  readonly run: (
    binary: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
    folder?: string,
  ) => Promise<ProgramRun>
  /** Every package that the file of a binary imports, directly or through packages of Rekey. */
  readonly importedBy: (binary: string) => Promise<ReadonlySet<string>>
}

interface Manifest {
  readonly name: string
  readonly bin?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, string | { readonly default?: string }>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

/** Builds and packs `packages` and the packages of Rekey that they need, and installs them as npm would, without a registry. */
export async function openStrangerProject(packages: readonly string[]): Promise<StrangerProject> {
  const root = await mkdtemp(join(tmpdir(), 'rekey-stranger-'))
  const close = () => rm(root, { recursive: true, force: true })
  try {
    const needed = await findNeeded(packages)
    const isOwn = (name: string) => name.startsWith('@rekey/')
    await installOwn(root, [...needed.keys()].filter(isOwn))
    const foreign = [...needed].filter(([key]) => !isOwn(key))
    for (const [, folder] of foreign) await copyPackage(root, folder)
    return {
      root,
      registryPackages: new Set(foreign.map(([key]) => key)),
      write: (files) => writeFiles(root, files),
      run: async (binary, args, env = {}, folder = '') => {
        const where = { cwd: join(root, folder), env }
        return runProgram(process.execPath, [await fileOf(root, binary), ...args], where)
      },
      importedBy: async (binary) => importsOf(root, await fileOf(root, binary)),
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** Each package in the closure and its folder in this repository; a package that is there twice has two keys. */
async function findNeeded(packages: readonly string[]): Promise<Map<string, string>> {
  const needed = new Map<string, string>()
  const own = packages.filter((name) => name.startsWith('@rekey/')).map(folderOf)
  const pending = packages.map((name) => findFolder(name, ...own))
  for (const folder of pending) {
    const { name, ...manifest } = await readManifest(join(REPOSITORY, folder))
    const key = needed.has(name) ? `${name} in ${folder}` : name
    if ([...needed.values()].includes(folder)) continue
    needed.set(key, folder)
    const peers = Object.keys(manifest.peerDependencies ?? {}).filter(
      (peer) => manifest.peerDependenciesMeta?.[peer]?.optional !== true,
    )
    for (const dependency of [...Object.keys(manifest.dependencies ?? {}), ...peers]) {
      pending.push(findFolder(dependency, folder))
    }
  }
  return needed
}

/** Where Node.js finds a package that packages in these folders import, relative to the top of this repository. */
function findFolder(name: string, ...folders: readonly string[]): string {
  if (name.startsWith('@rekey/')) return folderOf(name)
  const candidates = new Set([...folders.flatMap(ancestorsOf), ''])
  for (const folder of candidates) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(REPOSITORY, candidate))) return candidate
  }
  throw new Error(`${name} is not installed`)
}

function ancestorsOf(folder: string): string[] {
  const parent = dirname(folder)
  return parent === '.' ? [folder] : [folder, ...ancestorsOf(parent)]
}

async function installOwn(root: string, names: readonly string[]): Promise<void> {
  const tarballs = join(root, 'tarballs')
  for (const { name, tarball } of await packPackages(names, tarballs)) {
    const folder = join(root, 'node_modules', name)
    await mkdir(folder, { recursive: true })
    await succeed('tar', ['-xzf', tarball, '--strip-components=1', '-C', folder], root)
  }
  await rm(tarballs, { recursive: true })
}

async function copyPackage(root: string, folder: string): Promise<void> {
  const target = join(root, folder.replace(/^packages\//, 'node_modules/@rekey/'))
  await cp(join(REPOSITORY, folder), target, { recursive: true })
}

async function writeFiles(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
}

const BINARIES = new Map([
  ['rekey', '@rekey/rekey'],
  ['rekey-ca', '@rekey/ca-keystore'],
  ['rekey-gate', '@rekey/eslint-plugin'],
])

async function fileOf(root: string, binary: string): Promise<string> {
  const folder = join(root, 'node_modules', BINARIES.get(binary) ?? binary)
  const { bin = {} } = await readManifest(folder)
  return join(folder, bin[binary] ?? '')
}

async function importsOf(root: string, start: string): Promise<ReadonlySet<string>> {
  const files = new Set([start])
  const packages = new Set<string>()
  for (const file of files) {
    for (const { fileName } of ts.preProcessFile(await readFile(file, 'utf8')).importedFiles) {
      // In the text of a module that the program writes.
      if (fileName.includes('${')) continue
      if (fileName.startsWith('.')) files.add(join(dirname(file), fileName))
      else if (fileName.startsWith('@rekey/')) files.add(await entryOf(root, fileName))
      if (fileName.startsWith('.') || fileName.startsWith('node:')) continue
      packages.add(packageOf(fileName))
    }
  }
  return packages
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

async function entryOf(root: string, specifier: string): Promise<string> {
  const folder = join(root, 'node_modules', packageOf(specifier))
  const entry = `.${specifier.slice(packageOf(specifier).length)}`
  const target = (await readManifest(folder)).exports?.[entry]
  const file = typeof target === 'string' ? target : target?.default
  if (file === undefined) throw new Error(`${specifier} is not exported`)
  return join(folder, file)
}
