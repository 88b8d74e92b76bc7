import type { Finding } from '../finding.ts'
import { lineOfKey, type LockedPackage } from './lock-file.ts'

type Fault = Pick<Finding, 'rule' | 'where' | 'why' | 'fix'>

/** The two files that are held against each other. */
interface DependencyFiles {
  /** The text of `package.json`. */
  readonly manifest: string
  /** The text of `package-lock.json`. */
  readonly lock: string
}

/**
 * Every package that runs a script when it is installed is decided upon in `allowScripts` of `package.json`, and nothing
 * else is: an approval that is not needed today approves whatever comes under that name tomorrow.
 */
export function checkScripts(packages: readonly LockedPackage[], files: DependencyFiles): Fault[] {
  const { allowScripts = {} } = JSON.parse(files.manifest) as {
    allowScripts?: Readonly<Record<string, unknown>>
  }
  const read = Object.entries(allowScripts).map(([key, value]) => ({
    key,
    decision: readDecision(key, value),
  }))
  const decisions = read.flatMap(({ decision }) => decision ?? [])
  const scripts = packages.filter(
    ({ entry }) =>
      entry.hasInstallScript === true && entry.link !== true && entry.inBundle !== true,
  )
  return [
    ...scripts
      .filter((script) => !decisions.some((decision) => isAbout(decision, script)))
      .map((script) => undecided(script, files.lock)),
    ...decisions
      .filter((decision) => !scripts.some((script) => isAbout(decision, script)))
      .map((decision) => stale(decision, files.manifest)),
    ...read
      .filter(({ decision }) => decision === undefined)
      .map(({ key }) => passedOver(key, files.manifest)),
  ]
}

function undecided({ path, name, entry }: LockedPackage, lock: string): Fault {
  return {
    rule: 'undecided-script',
    where: { file: 'package-lock.json', line: lineOfKey(lock, path), part: path },
    why: `${name} ${entry.version ?? ''} runs a script when it is installed, and allowScripts does not decide whether it may`,
    fix: `read the script, then npm install-scripts approve ${name}, or deny ${name}`,
  }
}

function stale({ key, name }: ScriptDecision, manifest: string): Fault {
  return {
    rule: 'stale-script-decision',
    where: { file: 'package.json', line: lineOfKey(manifest, key), part: `allowScripts.${key}` },
    why: `npm finds no package for it that runs a script, so it decides for whatever comes as ${name} next`,
    fix: 'npm install-scripts prune; a version can only be named where the lock has resolved URLs',
  }
}

function passedOver(key: string, manifest: string): Fault {
  return {
    rule: 'void-script-decision',
    where: { file: 'package.json', line: lineOfKey(manifest, key), part: `allowScripts.${key}` },
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
function isAbout(decision: ScriptDecision, { name, entry }: LockedPackage): boolean {
  const { versions, isAllowed } = decision
  if (decision.name !== name) return false
  if (versions.length === 0) return true
  if (entry.resolved === undefined) return !isAllowed
  return versions.includes(entry.version ?? '')
}
