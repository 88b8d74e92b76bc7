import { posix } from 'node:path'
import {
  hasSha512,
  type Lock,
  type LockedPackage,
  type LockReader,
  newLineFinder,
  objectIn,
  type Origin,
  splitKey,
  textIn,
} from './lock.ts'
import { readYaml } from './yaml.ts'

const SCRIPTS = {
  1: 'it does not state which packages have install scripts, and Yarn 1 runs them all: yarn install --ignore-scripts',
  2: 'it does not state which packages have install scripts: set enableScripts: false in .yarnrc.yml, and dependenciesMeta for those that may',
}

/** Reads a `yarn.lock`: of Yarn 1, or of Yarn 2 and newer, which begins with `__metadata`. */
export const readYarnLock: LockReader = (text) =>
  /^__metadata:$/m.test(text) ? readBerry(text) : readClassic(text)

/** A line of Yarn 1 that begins a package, `"a@^1.0.0", a@^1.1.0:`, or states something of it. */
const HEAD = /^(?:"([^"]+)"|([^\s"#,]+))(?:, .*)?:$/
const FIELD = /^ {2}(version|resolved|integrity) (?:"([^"]*)"|(\S+))$/

function readClassic(text: string): Lock {
  const entries: { key: string; line: number; fields: Map<string, string> }[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const [head, quoted, plain] = HEAD.exec(line) ?? []
    if (head !== undefined) {
      entries.push({ key: quoted ?? plain ?? '', line: index + 1, fields: new Map() })
      continue
    }
    const [, name, text, bare] = FIELD.exec(line) ?? []
    if (name !== undefined) entries.at(-1)?.fields.set(name, text ?? bare ?? '')
    else if (line !== '' && !/^(?: |#)/.test(line)) throw new Error('neither a package nor a field')
  }
  const packages = entries.map(({ key, line, fields }): LockedPackage => {
    const [alias, reference] = splitKey(key)
    const [name] = reference.startsWith('npm:') ? splitKey(reference.slice(4)) : [alias]
    const path = folderOf(reference)
    // The SHA-1 behind the URL is no part of it.
    const url = fields.get('resolved')?.replace(/#[0-9a-f]{40}$/, '')
    const hasDigest = hasSha512(fields.get('integrity'))
    const origin: Origin =
      path === undefined ? { kind: 'tarball', url, hasDigest } : { kind: 'folder', path }
    return { path: key, name, version: fields.get('version'), line, origin, hasScript: false }
  })
  return { packages, unstated: packages.length === 0 ? [] : [SCRIPTS[1]] }
}

function readBerry(text: string): Lock {
  const lineOf = newLineFinder(text)
  const members: string[] = []
  const packages: LockedPackage[] = []
  let others = 0
  for (const [key, value] of Object.entries(readYaml(text))) {
    const entry = objectIn(value)
    const resolution = textIn(entry['resolution'])
    if (resolution === undefined) continue
    const [name, reference] = splitKey(unpatched(resolution))
    if (reference.startsWith('workspace:')) {
      members.push(reference.slice('workspace:'.length))
      continue
    }
    const hasDigest = /^(?:\w+\/)?[0-9a-f]{128}$/.test(textIn(entry['checksum']) ?? '')
    const origin = berryOrigin(reference, hasDigest)
    // Yarn has not downloaded it, so that it has no checksum.
    if (origin.kind === 'tarball' && !hasDigest && textIn(entry['conditions']) !== undefined) {
      others += 1
      continue
    }
    const version = textIn(entry['version'])
    packages.push({ path: key, name, version, line: lineOf(key), origin, hasScript: false })
  }
  const unchecked = `it has no checksum of ${others} packages for other systems: name these in supportedArchitectures of .yarnrc.yml`
  return {
    packages,
    members: members.filter((folder) => folder !== '.'),
    unstated: [
      ...(packages.length === 0 ? [] : [SCRIPTS[2]]),
      ...(others === 0 ? [] : [unchecked]),
    ],
  }
}

/** `foo@npm:1.2.3` of `foo@patch:foo@npm%3A1.2.3#~/.yarn/patches/foo.patch`. A patch is a file of the repository, or of Yarn itself. */
function unpatched(resolution: string): string {
  const [, inner] = /^(?:@[^/@]+\/)?[^/@]+@patch:([^#]*)/.exec(resolution) ?? []
  return inner === undefined ? resolution : decodeURIComponent(inner)
}

/** `npm:1.2.3`, with the URL of its tarball where the registry has it at another place. */
const FROM_NPM = /^npm:[^:]+(?:::(?<parameters>.*))?$/

function berryOrigin(reference: string, hasDigest: boolean): Origin {
  const path = folderOf(reference)
  if (path !== undefined) return { kind: 'folder', path }
  const registry = FROM_NPM.exec(reference)
  if (registry === null) return { kind: 'tarball', url: reference, hasDigest }
  const url = new URLSearchParams(registry.groups?.['parameters'] ?? '').get('__archiveUrl')
  return { kind: 'tarball', url: url ?? undefined, hasDigest }
}

/** The folder or file of `link:../a`, `portal:…` and `file:…`, which is relative to the member that a locator names. */
function folderOf(reference: string): string | undefined {
  const [, path] = /^(?:file|link|portal):([^#:]*)/.exec(reference) ?? []
  if (path === undefined || posix.isAbsolute(path)) return path
  const [, locator = ''] = /[&:]locator=([^&]*)/.exec(reference) ?? []
  const [, member = '.'] = /@workspace:(.*)$/.exec(decodeURIComponent(locator)) ?? []
  return posix.join(member, path)
}
