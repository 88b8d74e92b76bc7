import type { FoundPath } from '../engine/leaks/found-paths.ts'

/** The checks of the gate, in the order in which they are reported. */
export const CHECKS = [
  'policy',
  'access',
  'startup',
  'drift',
  'dependencies',
  'leaks',
  'lint',
] as const

/** The name of a check. */
export type CheckName = (typeof CHECKS)[number]

/** A place in the repository. */
export interface Place {
  /** Relative to the top of the work tree, with `/` between folders. */
  readonly file: string
  /** Counted from 1, like `column`. */
  readonly line?: number | undefined
  readonly column?: number | undefined
  /** The part of the file, where that locates more than a line: `secrets.oidc`. */
  readonly part?: string
  /** The commit that has it, where it is history. */
  readonly commit?: string
}

/** One thing that must be mended before the change may land. Holds no secret value. */
export interface Finding {
  readonly check: CheckName
  /** The rule that was broken: `@rekey/no-secret-in-logs`, `holder`, `rekey-api-key`. */
  readonly rule: string
  readonly where: Place
  readonly why: string
  readonly fix: string
  /** Set where the finding may be none, and need not be mended. */
  readonly level?: 'warning'
  /** The way of the value that the rule is about, and how sure the rule is. */
  readonly path?: FoundPath | undefined
  /** Other places that the reason speaks of. */
  readonly related?: readonly Place[]
  /** The demand of the rule, where the gate does not know it by itself: a rule of the linter. */
  readonly asks?: string
}

/** The result of one check. */
export interface CheckOutcome {
  readonly findings: readonly Finding[]
  /** The covered objects, in words: "3 services, 8 secrets". */
  readonly covered: string
  /** The parts that were skipped, and how to have each checked. */
  readonly skipped?: readonly string[]
}

/** A place in words: `services/signing/src/secrets.ts:12:3`, `commit 0123456789ab, notes.txt:1`. */
export function describePlace({ file, line, column, part, commit }: Place): string {
  const position = [file, line, column].filter(Boolean).join(':')
  const before = commit === undefined ? '' : `commit ${commit.slice(0, 12)}, `
  return `${before}${position}${part === undefined ? '' : ` (${part})`}`
}
