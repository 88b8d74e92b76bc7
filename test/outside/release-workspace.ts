import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  folderOf,
  type PackageRegistry,
  type PackedPackage,
  type ProgramRun,
  runProgram,
  succeed,
} from '@rekey/test-packed'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A workspace from which the packages can be published, by the command and the variables of the workflow of a release. */
export interface ReleaseWorkspace extends AsyncDisposable {
  /** Publishes all packages. */
  readonly publish: (env?: Readonly<Record<string, string>>) => Promise<ProgramRun>
  /** Publishes one of them, by the target that the command runs for each. */
  readonly publishOne: (name: string, env?: Readonly<Record<string, string>>) => Promise<ProgramRun>
}

/**
 * Makes a copy of this workspace in which each package is what its tarball holds, so that nothing is built or restored where other tests
 * read.
 *
 * @param token lets it publish to the registry, and to no other
 */
export async function openReleaseWorkspace(
  packed: readonly PackedPackage[],
  { url, npmrc }: PackageRegistry,
  token: string,
): Promise<ReleaseWorkspace> {
  const root = await mkdtemp(join(tmpdir(), 'rekey-release-'))
  await copyManifests(root)
  for (const { name, tarball } of packed) {
    const folder = join(root, folderOf(name))
    await succeed('tar', ['-xzf', tarball, '--strip-components=1', '-C', folder], root)
  }
  const userconfig = join(root, 'publisher.npmrc')
  const owner = `${url.replace('http:', '')}:_authToken`
  await writeFile(userconfig, [npmrc, `registry=${url}`, `${owner}=${token}`, ''].join('\n'))
  const workflow = await readFile(join(ROOT, '.github/workflows/release.yml'), 'utf8')
  const [, command = 'no command'] = /run: npx nx (.* publish)$/m.exec(workflow) ?? []
  const settings = /^ {4}env:\n((?: {6}\S.*\n)+)/m.exec(workflow)?.[1] ?? ''
  const variables = Array.from(settings.matchAll(/(\w+): (\S+)/g), ([, name, value]) => [
    name,
    value,
  ])
  const nx = (args: readonly string[], env: Readonly<Record<string, string>>) =>
    runProgram(process.execPath, [join(ROOT, 'node_modules/.bin/nx'), ...args], {
      cwd: root,
      env: {
        ...{ HOME: root, NX_DAEMON: 'false', FORCE_COLOR: '0', npm_config_userconfig: userconfig },
        ...(Object.fromEntries(variables) as Record<string, string>),
        ...env,
      },
    })
  return {
    publish: (env = {}) => nx(command.split(' '), env),
    publishOne: (name, env = {}) => nx(['run', `${name}:nx-release-publish`], env),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

async function copyManifests(root: string): Promise<void> {
  for (const file of ['package.json', 'package-lock.json', 'tsconfig.base.json']) {
    await cp(join(ROOT, file), join(root, file))
  }
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  const nx = JSON.parse(await readFile(join(ROOT, 'nx.json'), 'utf8')) as {
    targetDefaults: Record<string, object>
  }
  // The checks before it read sources, which a tarball does not hold; CI runs them by themselves.
  nx.targetDefaults['nx-release-publish'] = { dependsOn: [] }
  await writeFile(join(root, 'nx.json'), JSON.stringify(nx))
  for (const top of ['packages', 'services', 'tools', 'test']) {
    for (const { name } of await projectsIn(top)) {
      await mkdir(join(root, top, name), { recursive: true })
      await cp(join(ROOT, top, name, 'package.json'), join(root, top, name, 'package.json'))
    }
  }
}

async function projectsIn(top: string) {
  const entries = await readdir(join(ROOT, top), { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory())
}
