import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { CheckOutcome, Finding } from '../finding.ts'
import { readWorkFile } from '../work-tree.ts'
import type { GatePolicy } from '../gate-policy.ts'
import { checkOwnScripts } from './own-scripts.ts'
import { checkScripts } from './check-scripts.ts'
import { lineOfKey, type LockedPackage, readLock } from './lock-file.ts'

/** Whether what npm installs is what was decided upon: from where it comes, and what it may run. */
export async function checkDependencies(
  root: string,
  policy: Pick<GatePolicy, 'scripts'> = { scripts: {} },
): Promise<CheckOutcome> {
  const [manifest, lock] = await Promise.all([
    readWorkFile(root, 'package.json'),
    readWorkFile(root, 'package-lock.json'),
  ])
  if (manifest === undefined) {
    if (lock === undefined) return { findings: [], covered: 'no package.json' }
    throw new Error('package.json is not there: name the top of the repository with --root')
  }
  const own = await checkOwnScripts(root, lock ?? '{}', policy.scripts)
  if (lock === undefined) {
    const other = OTHER_LOCKS.find((name) => existsSync(join(root, name)))
    return other === undefined
      ? { findings: [NO_LOCK, ...own], covered: 'nothing' }
      : { findings: own, covered: 'nothing', skipped: [`${other}: only package-lock.json is read`] }
  }
  const packages = readLock(lock)
  const faults = [...checkScripts(packages, { manifest, lock }), ...checkSources(packages, lock)]
  return {
    findings: [...faults.map((fault): Finding => ({ check: 'dependencies', ...fault })), ...own],
    covered: `${packages.length} packages`,
  }
}

/** Locks of package managers that do not write a package-lock.json. */
const OTHER_LOCKS = ['pnpm-lock.yaml', 'yarn.lock', 'bun.lock'] as const

const NO_LOCK: Finding = {
  check: 'dependencies',
  rule: 'no-lock',
  where: { file: 'package-lock.json' },
  why: 'it is not there, so nothing decides which packages are installed',
  fix: 'npm install, and commit the file',
}

type Fault = Pick<Finding, 'rule' | 'where' | 'why' | 'fix'>

/** Where a registry keeps a tarball: `https://HOST/NAME/-/NAME-VERSION.tgz`. Credentials have no place in it. */
const TARBALL =
  /^https:\/\/[^/@]+\/(?:[^@]+\/)?(?<name>(?:@[^/]+\/)?(?<base>[^/]+))\/-\/\k<base>-(?<version>\d[^/]*)\.tgz$/

/**
 * Every package comes from a registry under its own name, with the digest of its tarball in the lock. A lock need not
 * name the registry: then it is the one that npm is set to.
 */
function checkSources(packages: readonly LockedPackage[], lock: string): Fault[] {
  return packages.flatMap((locked) => {
    const why = faultOf(locked)
    if (why === undefined) return []
    const { path, name } = locked
    const where = { file: 'package-lock.json', line: lineOfKey(lock, path), part: path }
    const fix = `take ${name} from the registry: npm install ${name}@VERSION; what has to be changed goes into the workspace`
    return [{ rule: 'foreign-source', where, why, fix }]
  })
}

function faultOf({ name, entry }: LockedPackage): string | undefined {
  const { resolved, integrity, version, link, inBundle } = entry
  if (link === true) {
    return isInside(resolved) ? undefined : 'it is a link to a folder outside of the work tree'
  }
  if (inBundle === true) return undefined
  if (resolved !== undefined) {
    const tarball = TARBALL.exec(resolved)?.groups
    if (tarball === undefined) return 'it does not come from a registry over https'
    if (tarball['name'] !== name || tarball['version'] !== version) {
      return 'it comes from the tarball of another package or version'
    }
  }
  if (integrity?.startsWith('sha512-') === true) return undefined
  return 'the lock has no SHA-512 of its tarball, so it may be another one next time'
}

/** Whether the target of a link, relative to the work tree, lies in it. */
function isInside(target: string | undefined): boolean {
  return target !== undefined && !/^(?:\/|\.\.|[a-z]+:)/i.test(posix.normalize(target))
}
