import {
  hasSha512,
  type LockedPackage,
  type LockReader,
  newLineFinder,
  objectIn,
  splitKey,
  textIn,
} from './lock.ts'
import { readYaml } from './yaml.ts'

const SCRIPTS =
  'it does not state which packages have install scripts: have Bun 1.4 or newer write it, by bun install'

/**
 * Reads a `bun.lock`. A package of the registry is `[id, URL or '', info, integrity]`, any other `[id, info?, integrity?]`
 * (bun.com/docs, "Lockfile"; the places of the fields as Bun 1.4.5 writes them).
 */
export const readBunLock: LockReader = (text) => {
  const { packages, workspaces, lockfileVersion } = readYaml(text)
  const lineOf = newLineFinder(text, 'packages')
  const read = Object.entries(objectIn(packages)).flatMap(([path, value]) =>
    readPackage(path, Array.isArray(value) ? value : [], lineOf(path)),
  )
  const isStated = Number(lockfileVersion) >= 2 || read.length === 0
  return {
    packages: read,
    members: Object.keys(objectIn(workspaces)).filter((folder) => folder !== ''),
    unstated: isStated ? [] : [SCRIPTS],
  }
}

function readPackage(path: string, parts: readonly unknown[], line: number): LockedPackage[] {
  const [id, ...rest] = parts
  const [name, reference] = splitKey(textIn(id) ?? '')
  if (/^(?:workspace|root):/.test(reference)) return []
  const isVersion = /^\d/.test(reference)
  const info = objectIn(rest[isVersion ? 1 : 0])
  const common = {
    ...{ path, name, line },
    version: isVersion ? reference : undefined,
    hasScript: info['hasInstallScript'] === 'true',
  }
  if (info['bundled'] === 'true') return [{ ...common, origin: { kind: 'bundle' } }]
  const [, folder] = /^(?:file|link):(.*)$/s.exec(reference) ?? []
  if (folder !== undefined) return [{ ...common, origin: { kind: 'folder', path: folder } }]
  const named = isVersion ? textIn(rest[0]) : reference
  // Empty where it is the registry that Bun is set to.
  const url = named === '' ? undefined : named
  return [{ ...common, origin: { kind: 'tarball', url, hasDigest: hasSha512(rest.at(-1)) } }]
}
