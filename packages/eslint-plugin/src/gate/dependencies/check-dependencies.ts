import type { CheckOutcome, Finding } from '../finding.ts'
import { readWorkFile } from '../work-tree.ts'
import type { GatePolicy } from '../gate-policy.ts'
import { checkOwnScripts } from './own-scripts.ts'
import { checkScripts, type Fault } from './check-scripts.ts'
import { isInside, type LockedPackage } from './locks/lock.ts'
import { type FoundLock, readLocks } from './locks/read-locks.ts'
import { readManifest } from './package-manifest.ts'

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
