import type { SecretNeed, SecretPolicy } from '@rekey/secret'
import {
  type Complaints,
  durationField,
  fieldsOf,
  listField,
  textField,
  wordField,
} from './json-fields.ts'
import type { SourceEntry } from './parse-source-entry.ts'

/** What a sources file says of one secret, or of all that begin alike. */
export interface SecretRule {
  /** The name of a secret, or the beginning of some and a `*`. */
  readonly pattern: string
  /** The sources to ask, in order. Empty: as by default. */
  readonly sources: readonly string[]
  readonly policy: SecretPolicy
}

/** What {@link parseRule} needs to know. */
export interface RuleContext {
  readonly where: string
  readonly pattern: string
  /** The sources of the file. */
  readonly sources: ReadonlyMap<string, SourceEntry>
  readonly complaints: Complaints
}

const NEEDS: readonly SecretNeed[] = ['required', 'stale-ok', 'optional']

const readRule = fieldsOf({
  from: textField,
  firstOf: listField,
  ttl: durationField,
  maxStale: durationField,
  negativeTtl: durationField,
  need: wordField(NEEDS),
})

/** Reads a rule: the name of a source, or an object. */
export function parseRule(value: unknown, context: RuleContext): SecretRule {
  const { where, pattern, complaints } = context
  const written = typeof value === 'string' ? { from: value } : value
  const rule = readRule(written, where, complaints) ?? {}
  const { from, firstOf, ttl, maxStale, negativeTtl, need } = rule
  if (from !== undefined && firstOf !== undefined) {
    complaints.add(where, 'write from or firstOf, not both')
  }
  const sources = firstOf ?? (from === undefined ? [] : [from])
  checkSources(sources, context)
  if (maxStale !== undefined && ttl !== undefined && maxStale < ttl) {
    complaints.add(`${where}.maxStale`, 'is shorter than ttl: make it as long at least')
  }
  const policy = {
    ...(ttl !== undefined && { ttlMs: ttl }),
    ...(maxStale !== undefined && { maxStaleMs: maxStale }),
    ...(negativeTtl !== undefined && { negativeTtlMs: negativeTtl }),
    ...(need !== undefined && { need }),
  }
  return { pattern, sources, policy }
}

function checkSources(named: readonly string[], context: RuleContext): void {
  const { where, pattern, sources, complaints } = context
  const entries = named.map((name) => sources.get(name))
  if (entries.includes(undefined)) {
    complaints.add(where, `name only sources of this file: ${[...sources.keys()].join(', ')}`)
  }
  if (new Set(named).size < named.length) complaints.add(where, 'name each source once')
  const isLogin = entries.some((entry) => entry !== undefined && 'credentials' in entry)
  if (isLogin && pattern.endsWith('*')) {
    complaints.add(where, 'a login is for one secret: write its whole name under secrets')
  }
}
