import type { Finding } from '../finding.ts'
import { readWorkFile } from '../work-tree.ts'
import { type LockedPackage, objectIn } from './locks/lock.ts'
import type { FoundLock } from './locks/read-locks.ts'
import { readYaml } from './locks/yaml.ts'
import type { Manifest } from './package-manifest.ts'

/** A finding of this check. */
export type Fault = Pick<Finding, 'rule' | 'where' | 'why' | 'fix'>

/**
 * Every package that runs a script when it is installed is decided upon, as far as the lock states which ones do: for npm in
 * `allowScripts` of `package.json`, for pnpm and Bun by a list of those that may.
 */
export async function checkScripts(
  root: string,
  lock: FoundLock,
  manifest: Manifest,
): Promise<Fault[]> {
  const scripts = lock.packages.filter(
    ({ hasScript, origin }) => hasScript && origin.kind === 'tarball',
  )
  if (lock.manager === 'npm') return checkDecisions(scripts, lock.file, manifest)
  const [first] = scripts
  const list = LISTS[lock.manager]
  if (first === undefined || list === undefined || (await isListed(root, list, manifest))) return []
  return [
    {
      rule: 'undecided-script',
      where: { file: lock.file, line: first.line, part: first.path },
      why: `${scripts.length} packages, such as ${first.name}, run a script when they are installed, and no list decides which of them may`,
      fix: `read the scripts, then name in ${list[0] ?? ''} of package.json the packages that may run theirs`,
    },
  ]
}

/** The names of the lists of packages that may run their scripts, and no others may. */
const LISTS: Readonly<Record<FoundLock['manager'], readonly string[] | undefined>> = {
  npm: undefined,
  pnpm: ['onlyBuiltDependencies', 'allowBuilds'],
  yarn: undefined,
  bun: ['trustedDependencies'],
}

/** pnpm has its lists in `pnpm` of `package.json`, or in its file of the workspace. */
async function isListed(
  root: string,
  list: readonly string[],
  { content }: Manifest,
): Promise<boolean> {
  const workspace = await readWorkspace(root)
  const places = [content, objectIn(content['pnpm']), workspace]
  return places.some((place) => list.some((name) => Object.hasOwn(place, name)))
}

const WORKSPACE = 'pnpm-workspace.yaml'

async function readWorkspace(root: string) {
  const text = (await readWorkFile(root, WORKSPACE)) ?? ''
  try {
    return readYaml(text)
  } catch {
    // The parser's own words repeat a piece of the file.
    throw new Error(`${WORKSPACE} cannot be read: correct its YAML`)
  }
}

/** Nothing else is decided upon: an approval that is not needed today approves whatever comes under that name tomorrow. */
function checkDecisions(
  scripts: readonly LockedPackage[],
  file: string,
  manifest: Manifest,
): Fault[] {
  const read = Object.entries(objectIn(manifest.content['allowScripts'])).map(([key, value]) => ({
    key,
    decision: readDecision(key, value),
  }))
  const decisions = read.flatMap(({ decision }) => decision ?? [])
  return [
    ...scripts
      .filter((script) => !decisions.some((decision) => isAbout(decision, script)))
      .map((script) => undecided(script, file)),
    ...decisions
      .filter((decision) => !scripts.some((script) => isAbout(decision, script)))
      .map((decision) => stale(decision, manifest)),
    ...read
      .filter(({ decision }) => decision === undefined)
      .map(({ key }) => passedOver(key, manifest)),
  ]
}

function undecided({ path, name, version = '', line }: LockedPackage, file: string): Fault {
  return {
    rule: 'undecided-script',
    where: { file, line, part: path },
    why: `${name} ${version} runs a script when it is installed, and allowScripts does not decide whether it may`,
    fix: `read the script, then npm install-scripts approve ${name}, or deny ${name}`,
  }
}

function stale({ key, name }: ScriptDecision, { lineOf }: Manifest): Fault {
  return {
    rule: 'stale-script-decision',
    where: { file: 'package.json', line: lineOf(key), part: `allowScripts.${key}` },
    why: `npm finds no package for it that runs a script, so it decides for whatever comes as ${name} next`,
    fix: 'npm install-scripts prune; a version can only be named where the lock has resolved URLs',
  }
}

function passedOver(key: string, { lineOf }: Manifest): Fault {
  return {
    rule: 'void-script-decision',
    where: { file: 'package.json', line: lineOf(key), part: `allowScripts.${key}` },
    why: 'npm passes over it: it is not true or false for a name, or for exact versions joined by ||',
    fix: 'write the name alone, or the name with exact versions: "name@1.2.3 || 1.2.4": true',
  }
}

/** Whether the install scripts of a package may run. */
interface ScriptDecision {
  readonly key: string
  readonly isAllowed: boolean
  readonly name: string
  /** The versions that it is about; all, if there are none. */
  readonly versions: readonly string[]
}

/** `name`, `@scope/name`, either with `@` and a version. */
const KEY = /^((?:@[^/@\s]+\/)?[^/@\s]+)(?:@(.*))?$/

/** One version exactly, as semver.org writes it. */
const EXACT = /^\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?$/

/**
 * Reads an entry of `allowScripts` in `package.json` as npm 11 does: a name, or a name with exact versions joined by `||`.
 * Gives `undefined` for what npm passes over: ranges, tags, aliases, and values that are neither true nor false.
 */
function readDecision(key: string, value: unknown): ScriptDecision | undefined {
  const [, name, spec = '*'] = KEY.exec(key) ?? []
  if (name === undefined || typeof value !== 'boolean') return undefined
  const versions = spec === '*' || spec === '' ? [] : spec.split('||').map((part) => part.trim())
  return versions.every((version) => EXACT.test(version))
    ? { key, isAllowed: value, name, versions }
    : undefined
}

/**
 * Whether npm takes the decision for this package. In a lock without `resolved` npm knows no version that it could trust:
 * there it approves by the name alone, and forbids by any version.
 */
function isAbout(decision: ScriptDecision, { name, version = '', origin }: LockedPackage): boolean {
  const { versions, isAllowed } = decision
  if (decision.name !== name) return false
  if (versions.length === 0) return true
  if (origin.kind === 'tarball' && origin.url === undefined) return !isAllowed
  return versions.includes(version)
}
