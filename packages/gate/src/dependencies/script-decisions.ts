import type { LockedPackage } from './lock-file.ts'

/** Whether the install scripts of a package may run. */
export interface ScriptDecision {
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
export function readDecision(key: string, value: unknown): ScriptDecision | undefined {
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
export function isAbout(decision: ScriptDecision, { name, entry }: LockedPackage): boolean {
  const { versions, isAllowed } = decision
  if (decision.name !== name) return false
  if (versions.length === 0) return true
  if (entry.resolved === undefined) return !isAllowed
  return versions.includes(entry.version ?? '')
}
