import { existsSync, readdirSync } from 'node:fs'
import { copyFile, mkdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { bundlePackages, writeCommonJsEntries } from '@rekey/packaging'
import { succeed } from './run-program.ts'

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url))
const TSC = join(dirname(createRequire(import.meta.url).resolve('typescript')), 'tsc.js')

/** Every package of this repository. */
export const PACKAGES: readonly string[] = readdirSync(join(REPOSITORY, 'packages')).map(
  (folder) => `@rekey/${folder}`,
)

/** A package as `npm publish` would send it. */
export interface PackedPackage {
  readonly name: string
  readonly version: string
  /** Where its tarball is. */
  readonly tarball: string
  /** `sha512-…`, as npm checks it. */
  readonly integrity: string
  /** In bytes. */
  readonly unpackedSize: number
  /** What is in it, from its top. */
  readonly files: readonly string[]
}

interface NpmPacked extends Omit<PackedPackage, 'tarball' | 'files'> {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

/** Has the folder in which all test files of a run find the packages packed, if there is one. */
const SHARED = 'REKEY_PACKED'

/** Builds packages of this repository and packs them into `directory`: all of them once, where the files of a run share a folder. */
export async function packPackages(
  names: readonly string[],
  directory: string,
): Promise<PackedPackage[]> {
  const shared = process.env[SHARED]
  await mkdir(directory, { recursive: true })
  if (shared === undefined) return buildAndPack(names, directory)
  const wanted = (await packedIn(shared)).filter(({ name }) => names.includes(name))
  return Promise.all(
    wanted.map(async (packed) => {
      const tarball = join(directory, basename(packed.tarball))
      await copyFile(packed.tarball, tarball)
      return { ...packed, tarball }
    }),
  )
}

const POLL_MS = 200

/** The first that comes packs, and the others wait for it. */
async function packedIn(folder: string): Promise<readonly PackedPackage[]> {
  const [list, claim] = [join(folder, 'packed.json'), join(folder, 'packing')]
  while (!existsSync(list)) {
    const isFirst = await mkdir(claim).then(
      () => true,
      () => false,
    )
    if (!isFirst) {
      await delay(POLL_MS)
      continue
    }
    try {
      const packed = await buildAndPack(PACKAGES, folder)
      await writeFile(`${list}.new`, JSON.stringify(packed))
      await rename(`${list}.new`, list)
    } catch (error) {
      await rmdir(claim)
      throw error
    }
  }
  return JSON.parse(await readFile(list, 'utf8')) as readonly PackedPackage[]
}

async function buildAndPack(names: readonly string[], directory: string): Promise<PackedPackage[]> {
  const projects = names
    .flatMap((name) => ['lib', 'commands'].map((part) => `${folderOf(name)}/tsconfig.${part}.json`))
    .filter((project) => existsSync(join(REPOSITORY, project)))
  await succeed(process.execPath, [TSC, '-b', ...projects], REPOSITORY)
  const folders = names.map((name) => join(REPOSITORY, folderOf(name)))
  await bundlePackages(folders)
  await writeCommonJsEntries(folders)
  for (const script of folders.map((folder) => join(folder, 'build-page.mjs')).filter(existsSync)) {
    await succeed(process.execPath, [script], REPOSITORY)
  }
  const workspaces = names.flatMap((name) => ['--workspace', name])
  const args = ['pack', '--json', '--silent', '--pack-destination', directory, ...workspaces]
  const packed = JSON.parse(await succeed('npm', args, REPOSITORY)) as readonly NpmPacked[]
  return packed.map(({ name, version, filename, integrity, unpackedSize, files }) => ({
    ...{ name, version, integrity, unpackedSize, files: files.map(({ path }) => path) },
    tarball: join(directory, filename),
  }))
}

/** The folder of a package of Rekey, from the top of this repository. */
export function folderOf(name: string): string {
  return `packages/${name.slice('@rekey/'.length)}`
}

/** What a module may import of packages of this repository. */
export async function listEntries(names: readonly string[]): Promise<string[]> {
  const listed = names.map(async (name) => {
    const text = await readFile(join(REPOSITORY, folderOf(name), 'package.json'), 'utf8')
    const { exports } = JSON.parse(text) as { exports: Readonly<Record<string, object | string>> }
    return Object.entries(exports).flatMap(([path, target]) =>
      typeof target === 'object' && 'require' in target ? [join(name, path)] : [],
    )
  })
  return (await Promise.all(listed)).flat()
}
