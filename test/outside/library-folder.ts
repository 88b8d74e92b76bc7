import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PACKAGES, packPackages, type ProgramRun, runProgram } from '@rekey/test-packed'
import { findFreePorts } from '@rekey/testbed'

const LIBRARY = new URL('corpus/library/', import.meta.url)
const FENCE = /^```sh\n(.*?)^```$/gms
/** As `npm install` is to behave for a stranger whom no registry needs to answer twice. */
const NPM = {
  ...{ npm_config_prefer_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' },
  ...{ npm_config_ignore_scripts: 'true', npm_config_omit_lockfile_registry_resolved: 'true' },
}

/** The family of `corpus/library`, in a folder outside of this repository. */
export interface LibraryFolder extends AsyncDisposable {
  readonly root: string
  /** The free port in place of one of its files. */
  readonly port: (written: string) => string
  /** The shell blocks of its README, by the heading above them. */
  readonly blocks: ReadonlyMap<string, readonly string[]>
  /** Types a script into a shell whose environment is `PATH`, with the installed commands, and `env`. */
  readonly type: (script: string, env?: Readonly<Record<string, string>>) => Promise<ProgramRun>
}

const PORTS = ['4001', '4002', '4003', '4004', '4005', '4011', '4012']

/** Copies the library, with tarballs of all packages in place of their versions, and free ports in place of its own. */
export async function openLibraryFolder(): Promise<LibraryFolder> {
  const free = await findFreePorts(PORTS.length)
  const port = (written: string) => String(free[PORTS.indexOf(written)])
  const root = await mkdtemp(join(tmpdir(), 'rekey-library-'))
  const { PATH = '', HOME = '' } = process.env
  await cp(LIBRARY, root, { recursive: true })
  for (const file of ['family.json', 'development.json', 'production.json', ...SETTINGS]) {
    const text = await readFile(join(root, file), 'utf8')
    const here = text.replaceAll(/\b4\d{3}\b/g, port)
    await writeFile(join(root, file), here)
  }
  const tarballs = await mkdtemp(join(tmpdir(), 'rekey-tarballs-'))
  await nameTarballs(root, tarballs)
  const path = [join(root, 'node_modules/.bin'), PATH].join(':')
  return {
    ...{ root, port },
    blocks: await readBlocks(),
    type: (script, env = {}) =>
      runProgram('bash', ['-euo', 'pipefail', '-c', script], {
        ...{ cwd: root, env: { ...NPM, HOME, ...env, PATH: [env['PATH'], path].join(':') } },
      }),
    async [Symbol.asyncDispose]() {
      for (const path of [root, tarballs]) await rm(path, { recursive: true, force: true })
    },
  }
}

const SETTINGS = ['loan-desk', 'card-office'].map((name) => `services/${name}/settings.env`)

/** Packages of Rekey that others need are named too: no registry has them. */
async function nameTarballs(root: string, directory: string): Promise<void> {
  const path = join(root, 'package.json')
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<
    'dependencies' | 'devDependencies',
    Readonly<Record<string, string>>
  >
  const packed = await packPackages(PACKAGES, directory)
  const files = packed.map(({ name, tarball }) => [name, `file:${tarball}`] as const)
  const dependencies = { ...manifest.dependencies, ...Object.fromEntries(files) }
  const devDependencies = Object.fromEntries(
    Object.entries(manifest.devDependencies).filter(([name]) => !PACKAGES.includes(name)),
  )
  await writeFile(path, JSON.stringify({ ...manifest, dependencies, devDependencies }))
}

/** @throws {Error} if the README does not have the heading, with a block */
export function blocksOf(folder: LibraryFolder, heading: string): readonly string[] {
  const blocks = folder.blocks.get(heading) ?? []
  if (blocks.length === 0) throw new Error(`the README has no block under ${heading}`)
  return blocks
}

async function readBlocks(): Promise<ReadonlyMap<string, readonly string[]>> {
  const [, ...sections] = (await readFile(new URL('README.md', LIBRARY), 'utf8')).split(/^## /m)
  return new Map(
    sections.map((section) => {
      const [heading = ''] = section.split('\n', 1)
      return [heading, Array.from(section.matchAll(FENCE), ([, block = '']) => block)]
    }),
  )
}
