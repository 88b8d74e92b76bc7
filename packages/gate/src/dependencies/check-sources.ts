import { posix } from 'node:path'
import type { Finding } from '../finding.ts'
import { lineOfKey, type LockedPackage } from './lock-file.ts'

type Fault = Pick<Finding, 'rule' | 'where' | 'why' | 'fix'>

/** Where a registry keeps a tarball: `https://HOST/NAME/-/NAME-VERSION.tgz`. Credentials have no place in it. */
const TARBALL =
  /^https:\/\/[^/@]+\/(?:[^@]+\/)?(?<name>(?:@[^/]+\/)?(?<base>[^/]+))\/-\/\k<base>-(?<version>\d[^/]*)\.tgz$/

/**
 * Every package comes from a registry as what it says it is, with the digest of its tarball in the lock. A lock need not
 * say from which registry: then it is the one that npm is set to.
 */
export function checkSources(packages: readonly LockedPackage[], lock: string): Fault[] {
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
