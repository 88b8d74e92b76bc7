import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openPackageRegistry, type PackedPackage, packPackages } from '@rekey/test-packed'
import { findProgram } from '@rekey/testbed'
import { type CommandPlace, succeedIn } from './run-command.ts'

/** The packages of this repository as they are after `npm publish`, and `rekey` as `npx` would fetch it. */
export interface PublishedRekey extends AsyncDisposable {
  /** Of commands in the repositories of strangers: an empty home, npm finds the packages, the gate finds gitleaks. */
  readonly env: Readonly<Record<string, string>>
  /** The file of the command `rekey`. */
  readonly rekey: string
}

const NPM = {
  ...{ npm_config_prefer_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' },
  ...{ npm_config_ignore_scripts: 'true', npm_config_progress: 'false' },
  // The lock file of a stranger has the addresses of no registry on loopback.
  npm_config_omit_lockfile_registry_resolved: 'true',
}

/** Builds and packs packages of the work tree of this file, and serves them on loopback. */
export async function publishRekey(packages: readonly string[]): Promise<PublishedRekey> {
  const root = await mkdtemp(join(tmpdir(), 'rekey-published-'))
  const packed: readonly PackedPackage[] =
    packages.length === 0 ? [] : await packPackages(packages, join(root, 'tarballs'))
  const registry = await openPackageRegistry(packed)
  const gitleaks = await findProgram('gitleaks')
  const place: CommandPlace = {
    cwd: join(root, 'npx'),
    env: {
      ...NPM,
      HOME: join(root, 'home'),
      npm_config_cache: join(process.env['HOME'] ?? root, '.npm'),
      npm_config_userconfig: join(root, 'npmrc'),
      ...(gitleaks.found && {
        PATH: [dirname(gitleaks.path), process.env['PATH'] ?? ''].join(':'),
      }),
    },
  }
  const published = {
    env: place.env,
    rekey: join(root, 'npx/node_modules/.bin/rekey'),
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]()
      await rm(root, { recursive: true, force: true })
    },
  }
  try {
    for (const folder of ['npx', 'home']) await mkdir(join(root, folder))
    await writeFile(join(root, 'npmrc'), `${registry.npmrc}\n`)
    await writeFile(join(root, 'npx/package.json'), '{ "private": true }')
    if (packed.length > 0) {
      await succeedIn(['npm', 'install', '@rekey/rekey', '@rekey/eslint-plugin'], place)
    }
    return published
  } catch (error) {
    await published[Symbol.asyncDispose]()
    throw error
  }
}
