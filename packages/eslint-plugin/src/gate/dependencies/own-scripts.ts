import { posix } from 'node:path'
import { minimatch } from 'minimatch'
import type { Finding } from '../finding.ts'
import { listFiles } from '../git.ts'
import { readWorkFile } from '../work-tree.ts'
import { isInside, objectIn, textIn } from './locks/lock.ts'
import type { FoundLock } from './locks/read-locks.ts'
import { type Manifest, readManifest } from './package-manifest.ts'

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
export async function checkOwnScripts(
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
