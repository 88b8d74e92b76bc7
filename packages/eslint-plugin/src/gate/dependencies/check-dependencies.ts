import type { CheckOutcome, Finding } from '../finding.ts'
import { readWorkFile } from '../work-tree.ts'
import type { GatePolicy } from '../gate-policy.ts'
import { checkScripts, type Fault } from './check-scripts.ts'
import { isInside, type LockedPackage, objectIn, textIn } from './locks/lock.ts'
import { type FoundLock, readLocks } from './locks/read-locks.ts'
import { type Manifest, readManifest } from './package-manifest.ts'
import { posix } from 'node:path'
import { minimatch } from 'minimatch'
import { listFiles } from '../git.ts'

/** Whether what is installed is what was decided upon: from where it comes, and what it may run. */
export async function checkDependencies(
  root: string,
  policy: Pick<GatePolicy, 'scripts'> = { scripts: {} },
): Promise<CheckOutcome> {
  const [text, locks] = await Promise.all([readWorkFile(root, 'package.json'), readLocks(root)])
  if (text === undefined) {
    if (locks.length === 0) return { findings: [], covered: 'no package.json' }
    throw new Error('package.json is not there: name the top of the repository with --root')
  }
  const manifest = readManifest(text)
  const own = await checkOwnScripts(root, { manifest, locks, approved: policy.scripts })
  if (locks.length === 0) return { findings: [NO_LOCK, ...own], covered: 'nothing' }
  const faults: Fault[] = []
  for (const lock of locks) {
    faults.push(...(await checkScripts(root, lock, manifest)), ...checkSources(lock))
  }
  const count = locks.reduce((sum, { packages }) => sum + packages.length, 0)
  return {
    findings: [...faults.map((fault): Finding => ({ check: 'dependencies', ...fault })), ...own],
    covered: `${count} packages`,
    skipped: locks.flatMap(({ file, unstated }) => unstated.map((what) => `${file}: ${what}`)),
  }
}

const NO_LOCK: Finding = {
  check: 'dependencies',
  rule: 'no-lock',
  where: { file: 'package-lock.json' },
  why: 'there is no lock, so nothing decides which packages are installed',
  fix: 'npm install, and commit the file; or that of pnpm, Yarn or Bun',
}

/** Where a registry keeps a tarball: `https://HOST/NAME/-/NAME-VERSION.tgz`. Credentials have no place in it. */
const TARBALL =
  /^https:\/\/[^/@]+\/(?:[^@]+\/)?(?<name>(?:@[^/]+\/)?(?<base>[^/]+))\/-\/\k<base>-(?<version>\d[^/]*)\.tgz$/

/**
 * Every package comes from a registry under its own name, with the digest of its tarball in the lock. A lock need not
 * name the registry: then it is the one that the package manager is set to.
 */
function checkSources({ file, packages }: FoundLock): Fault[] {
  return packages.flatMap((locked) => {
    const why = faultOf(locked)
    if (why === undefined) return []
    const { path, name, line } = locked
    const where = { file, line, part: path }
    const fix = `take ${name} from the registry; what has to be changed goes into the workspace`
    return [{ rule: 'foreign-source', where, why, fix }]
  })
}

function faultOf({ name, version, origin }: LockedPackage): string | undefined {
  if (origin.kind === 'bundle') return undefined
  if (origin.kind === 'folder') {
    return isInside(origin.path) ? undefined : 'it is a link to a folder outside of the work tree'
  }
  const { url, hasDigest } = origin
  if (url !== undefined) {
    const tarball = TARBALL.exec(url)?.groups
    if (tarball === undefined) return 'it does not come from a registry over https'
    const isOther = version !== undefined && tarball['version'] !== version
    if (isOther || tarball['name'] !== name) {
      return 'it comes from the tarball of another package or version'
    }
  }
  return hasDigest
    ? undefined
    : 'the lock has no SHA-512 of its tarball, so it may be another one next time'
}

/** The scripts that an installation runs of the repository itself and of its workspaces (docs.npmjs.com, "Life Cycle Operation Order"; pnpm.io, "Scripts"). */
const LIFECYCLE: readonly string[] = [
  'pnpm:devPreinstall',
  'preinstall',
  'install',
  'postinstall',
  'prepublish',
  'preprepare',
  'prepare',
  'postprepare',
  'dependencies',
]

interface OwnScripts {
  readonly manifest: Manifest
  readonly locks: readonly FoundLock[]
  /** The commands by their place: `{ "package.json#prepare": "husky" }` */
  readonly approved: Readonly<Record<string, string>>
}

/**
 * Finds the scripts that an installation runs of the repository itself and that `gate.json` does not approve word by word: they run on the
 * machines of its developers and of CI, with the secrets of these.
 */
async function checkOwnScripts(
  root: string,
  { manifest, locks, approved }: OwnScripts,
): Promise<Finding[]> {
  const members = locks.flatMap(({ members = [] }) => members)
  const isNamed = locks.length > 0 && locks.every((lock) => lock.members !== undefined)
  const others = isNamed ? [] : await membersOf(root, manifest)
  const folders = new Set(
    [...members, ...others].filter(isInside).map((each) => posix.normalize(each)),
  )
  const files = ['package.json', ...[...folders].map((folder) => `${folder}/package.json`)]
  const findings = await Promise.all(
    files.map(async (file) => {
      const { content, lineOf } = readManifest((await readWorkFile(root, file)) ?? '{}', file)
      const scripts = objectIn(content['scripts'])
      return LIFECYCLE.filter((name) => Object.hasOwn(scripts, name))
        .filter((name) => approved[`${file}#${name}`] !== scripts[name])
        .map((name) => ownScript(file, name, lineOf(name)))
    }),
  )
  return findings.flat()
}

function ownScript(file: string, name: string, line: number): Finding {
  return {
    check: 'dependencies',
    rule: 'own-script',
    where: { file, line, part: `scripts.${name}` },
    why: 'it runs on every machine that installs the repository, and gate.json does not approve it as it is',
    fix: `read it, then approve it in gate.json: { "scripts": { "${file}#${name}": "THE COMMAND" } }; or have people run it by its name`,
  }
}

/** The folders of the workspace that `package.json` names by patterns, for a lock that does not name them. */
async function membersOf(root: string, { content }: Manifest): Promise<string[]> {
  const { workspaces } = content
  const listed: unknown = Array.isArray(workspaces) ? workspaces : objectIn(workspaces)['packages']
  const patterns = (Array.isArray(listed) ? listed : []).flatMap((each) => textIn(each) ?? [])
  if (patterns.length === 0) return []
  return (await listFiles(root))
    .filter((file) => file.endsWith('/package.json'))
    .map((file) => posix.dirname(file))
    .filter((folder) => patterns.some((pattern) => minimatch(folder, pattern)))
}
