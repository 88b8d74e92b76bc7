import { hasSha512, type LockReader, newLineFinder, objectIn, type Origin, textIn } from './lock.ts'
import { readYaml } from './yaml.ts'

/** `foo@1.2.3` in a lock of version 9, `/foo@1.2.3(peer@1.0.0)` in 6, `/foo/1.2.3_peer@1.0.0` in 5. */
const KEY = /^\/?(?<name>(?:@[^/@]+\/)?[^/@]+)[@/](?<version>.+?)(?:[(_].*)?$/s

/** Reads a `pnpm-lock.yaml` of lock version 5 to 9. */
export const readPnpmLock: LockReader = (text) => {
  const { packages, importers } = readYaml(text)
  const lineOf = newLineFinder(text, 'packages')
  const entries = Object.entries(objectIn(packages))
  const read = entries.map(([path, value]) => {
    const entry = objectIn(value)
    const { name = path, version: reference } = KEY.exec(path)?.groups ?? {}
    return {
      path,
      name: textIn(entry['name']) ?? name,
      version: textIn(entry['version']) ?? reference,
      line: lineOf(path),
      origin: originOf(objectIn(entry['resolution']), reference),
      hasScript: entry['requiresBuild'] === 'true',
    }
  })
  const isStated = read.some(({ hasScript }) => hasScript)
  return {
    packages: read,
    members: Object.keys(objectIn(importers)).filter((folder) => folder !== '.'),
    unstated: isStated || read.length === 0 ? [] : [SCRIPTS],
  }
}

const SCRIPTS =
  'it does not state which packages have install scripts; pnpm 10 and newer run those alone that onlyBuiltDependencies or allowBuilds names'

function originOf(
  { type, directory, tarball, repo, integrity }: Readonly<Record<string, unknown>>,
  reference: string | undefined,
): Origin {
  if (type === 'directory') return { kind: 'folder', path: textIn(directory) ?? '..' }
  // A package of the registry has a version in its key, and any other its URL.
  const isVersion = reference !== undefined && /^\d/.test(reference)
  const url = textIn(tarball) ?? textIn(repo) ?? (isVersion ? undefined : (reference ?? ''))
  return { kind: 'tarball', url, hasDigest: hasSha512(integrity) }
}
