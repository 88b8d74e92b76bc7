import type { Finding } from '../finding.ts'
import { lineOfKey, type LockedPackage } from './lock-file.ts'
import { isAbout, readDecision, type ScriptDecision } from './script-decisions.ts'

type Fault = Pick<Finding, 'rule' | 'where' | 'why' | 'fix'>

/** The two files that are held against each other. */
export interface DependencyFiles {
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
