import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))
const TSC = join(dirname(createRequire(import.meta.url).resolve('typescript')), 'tsc.js')

/** How one run of a program ended, and what it printed. */
export interface ProgramRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder outside of this repository in which packed packages are installed, and nothing else. */
export interface StrangerProject extends AsyncDisposable {
  readonly root: string
  /** The registry packages that came with them. */
  readonly registryPackages: ReadonlySet<string>
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>
  /** Runs a binary of an installed package; its environment is `PATH` and `env`. */
  readonly run: (
    binary: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
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
    const isOwn = ([name]: readonly [string, string]) => name.startsWith('@rekey/')
    await installOwn(root, new Map([...needed].filter(isOwn)))
    const foreign = [...needed].filter((each) => !isOwn(each))
    for (const [, folder] of foreign) await copyPackage(root, folder)
    return {
      root,
      registryPackages: new Set(foreign.map(([key]) => key)),
      write: (files) => writeFiles(root, files),
      run: async (binary, args, env = {}) =>
        runProgram(process.execPath, [await fileOf(root, binary), ...args], { cwd: root, env }),
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
  const pending = await Promise.all(packages.map((name) => findFolder(name, '')))
  for (const folder of pending) {
    const { name, ...manifest } = await readManifest(join(REPOSITORY, folder))
    const key = needed.has(name) ? `${name} in ${folder}` : name
    if ([...needed.values()].includes(folder)) continue
    needed.set(key, folder)
    const peers = Object.keys(manifest.peerDependencies ?? {}).filter(
      (peer) => manifest.peerDependenciesMeta?.[peer]?.optional !== true,
    )
    for (const dependency of [...Object.keys(manifest.dependencies ?? {}), ...peers]) {
      pending.push(await findFolder(dependency, folder))
    }
  }
  return needed
}

/** Where Node.js finds a package that a package in `from` imports, relative to the top of this repository. */
async function findFolder(name: string, from: string): Promise<string> {
  if (name.startsWith('@rekey/')) return `packages/${name.slice('@rekey/'.length)}`
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder === '.' ? '' : folder, 'node_modules', name)
    const isThere = await stat(join(REPOSITORY, candidate)).catch(() => undefined)
    if (isThere !== undefined) return candidate
    if (folder === '' || folder === '.') throw new Error(`${name} is not installed`)
  }
}

async function installOwn(root: string, own: ReadonlyMap<string, string>): Promise<void> {
  const projects = [...own.values()].map((folder) => `${folder}/tsconfig.lib.json`)
  await succeed(process.execPath, [TSC, '-b', ...projects], REPOSITORY)
  const workspaces = [...own.keys()].flatMap((name) => ['--workspace', name])
  await mkdir(join(root, 'tarballs'))
  const destination = ['--pack-destination', join(root, 'tarballs')]
  await succeed('npm', ['pack', '--silent', ...destination, ...workspaces], REPOSITORY)
  for (const name of own.keys()) {
    const folder = join(root, 'node_modules', name)
    await mkdir(folder, { recursive: true })
    const tarball = `${name.slice(1).replace('/', '-')}-0.0.0.tgz`
    const extract = ['-xzf', join(root, 'tarballs', tarball), '--strip-components=1', '-C', folder]
    await succeed('tar', extract, root)
  }
  await rm(join(root, 'tarballs'), { recursive: true })
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
  ['rekey', '@rekey/cli'],
  ['rekey-gate', '@rekey/gate'],
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

/** Runs a program with nothing in its environment but `PATH` and `env`. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<ProgramRun> {
  const child = spawn(program, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  })
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  return { code, stdout, stderr }
}

async function succeed(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { HOME = '' } = process.env
  const { code, stdout, stderr } = await runProgram(program, args, { cwd, env: { HOME } })
  if (code === 0) return
  const name = relative('/', program)
  throw new Error(
    `${name} ${args.slice(0, 2).join(' ')} ended with ${String(code)}: ${stdout}${stderr}`,
  )
}
