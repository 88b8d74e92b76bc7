import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Application, Origin } from './applications.ts'
import { type CommandPlace, succeedIn } from './run-command.ts'

const CACHE = fileURLToPath(
  new URL('../../../node_modules/.cache/rekey-foreign-init/', import.meta.url),
)
const INSTALL = ['npm', 'install']

/**
 * Copies an application as a repository into an empty folder: its files, its dependencies and one commit. It is fetched and installed once, and kept;
 * no script of a package runs.
 *
 * @throws {Error} with the words of npm, if it is not to be had
 */
export async function obtainApplication(
  application: Application,
  { cwd: root, env }: CommandPlace,
): Promise<void> {
  const kept = join(CACHE, `${application.name}-${digestOf(application)}`)
  if (!existsSync(kept)) await keepApplication(application, kept, env)
  await cp(kept, root, { recursive: true, verbatimSymlinks: true })
}

/** Changes with what is fetched. */
function digestOf({ from, overrides, files }: Application): string {
  const text = JSON.stringify([from, overrides, files])
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

async function keepApplication(
  application: Application,
  kept: string,
  env: CommandPlace['env'],
): Promise<void> {
  const draft = await mkdtemp(join(tmpdir(), 'rekey-obtain-'))
  try {
    const place = { cwd: draft, env }
    const folder = await fetchOrigin(application.from, place)
    await writeManifest(join(folder, 'package.json'), application)
    for (const [path, text] of Object.entries(application.files ?? {})) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    const inFolder = { ...place, cwd: folder }
    await succeedIn(INSTALL, inFolder)
    await commitAll(inFolder)
    await mkdir(CACHE, { recursive: true })
    await cp(folder, `${kept}.new`, { recursive: true, verbatimSymlinks: true })
    await rename(`${kept}.new`, kept)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function fetchOrigin(from: Origin, place: CommandPlace): Promise<string> {
  if ('generator' in from) {
    await succeedIn(from.generator, place)
    return join(place.cwd, from.folder)
  }
  const pack = ['npm', 'pack', from.package, '--ignore-scripts', '--silent']
  const tarball = (await succeedIn(pack, place)).trim().split('\n').at(-1) ?? ''
  const folder = join(place.cwd, 'application')
  await mkdir(folder)
  await succeedIn(['tar', '-xzf', tarball, '--strip-components=1', '-C', folder], place)
  return folder
}

/** A package that is published names development dependencies that its tarball has no use for, and some that no registry has. */
async function writeManifest(path: string, { from, overrides }: Application): Promise<void> {
  const { devDependencies, ...rest } = JSON.parse(await readFile(path, 'utf8')) as Record<
    string,
    unknown
  >
  const manifest = 'package' in from ? rest : { ...rest, devDependencies }
  await writeFile(path, `${JSON.stringify({ ...manifest, overrides }, undefined, 2)}\n`)
}

const GIT = [
  ...['git', '-c', 'user.name=A Stranger', '-c', 'user.email=stranger@example.test'],
  // It would go on beside what comes next.
  ...['-c', 'maintenance.auto=false'],
]

/** A tarball of npm has no `.gitignore`: what npm installs is no part of the repository. */
async function commitAll(place: CommandPlace): Promise<void> {
  await rm(join(place.cwd, '.git'), { recursive: true, force: true })
  await succeedIn([...GIT, 'init', '--quiet', '--initial-branch=main'], place)
  await writeFile(join(place.cwd, '.git/info/exclude'), 'node_modules\n')
  await succeedIn([...GIT, 'add', '--all'], place)
  await succeedIn([...GIT, 'commit', '--quiet', '--message', 'The application as it is'], place)
}
